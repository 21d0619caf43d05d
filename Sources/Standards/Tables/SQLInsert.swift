/// An `INSERT` as pg_dump writes it with `--column-inserts`: named columns and plain values, one row or several.
struct SQLInsert {
    let columns: [[UInt8]]
    /// `nil` for NULL.
    let rows: [[[UInt8]?]]

    /// `line` is where the statement ends, for faults.
    init(_ statement: [UInt8], line: Int) throws(TableFault) {
        var reader = Reader(rest: statement[...], line: line)
        guard reader.take(word: "insert"), reader.take(word: "into"), reader.name() != nil else {
            throw TableFault(.malformedStatement, line: line)
        }
        if reader.take("."), reader.name() == nil { throw TableFault(.malformedStatement, line: line) }
        guard reader.take("(") else { throw TableFault(.noColumns, line: line) }
        columns = try reader.list { (reader) throws(TableFault) in
            guard let name = reader.name() else { throw TableFault(.malformedStatement, line: line) }
            return name
        }
        if reader.take(word: "overriding") {
            guard reader.take(word: "system"), reader.take(word: "value") else {
                throw TableFault(.malformedStatement, line: line)
            }
        }
        guard reader.take(word: "values") else { throw TableFault(.malformedStatement, line: line) }
        var rows: [[[UInt8]?]] = []
        repeat {
            guard reader.take("(") else { throw TableFault(.malformedStatement, line: line) }
            rows.append(try reader.list { (reader) throws(TableFault) in try reader.value() })
        } while reader.take(",")
        if reader.take(word: "on") {
            guard reader.take(word: "conflict"), reader.take(word: "do"), reader.take(word: "nothing") else {
                throw TableFault(.malformedStatement, line: line)
            }
        }
        guard reader.isAtEnd else { throw TableFault(.malformedStatement, line: line) }
        self.rows = rows
    }

    /// The columns of `COPY table (columns) FROM stdin`; `nil` for any other statement.
    static func copyColumns(_ statement: [UInt8], line: Int) throws(TableFault) -> (table: [UInt8], [[UInt8]])? {
        var reader = Reader(rest: statement[...], line: line)
        guard reader.take(word: "copy"), var table = reader.name() else { return nil }
        if reader.take(".") {
            guard let name = reader.name() else { return nil }
            table += [UInt8(ascii: ".")] + name
        }
        var columns: [[UInt8]] = []
        if reader.take("(") {
            columns = try reader.list { (reader) throws(TableFault) in
                guard let name = reader.name() else { throw TableFault(.malformedStatement, line: line) }
                return name
            }
        }
        guard reader.take(word: "from"), reader.take(word: "stdin") else { return nil }
        guard reader.isAtEnd else { throw TableFault(.malformedStatement, line: line) }
        return (table, columns)
    }
}

private struct Reader {
    var rest: ArraySlice<UInt8>
    let line: Int

    var isAtEnd: Bool {
        mutating get {
            skipBlanks()
            return rest.isEmpty
        }
    }

    mutating func take(_ mark: Unicode.Scalar) -> Bool {
        skipBlanks()
        guard rest.first == UInt8(ascii: mark) else { return false }
        rest.removeFirst()
        return true
    }

    /// A keyword, in any case, as a whole word.
    mutating func take(word: String) -> Bool {
        let before = rest
        guard rest.first != UInt8(ascii: "\""), let name = name(), name.elementsEqual(word.utf8) else {
            rest = before
            return false
        }
        return true
    }

    /// A plain name, which is lower case whatever it was written in, or a quoted one.
    mutating func name() -> [UInt8]? {
        skipBlanks()
        if rest.first == UInt8(ascii: "\"") { return quoted(by: UInt8(ascii: "\""), escapes: false) }
        let name = rest.prefix { byte in
            (48...57).contains(byte) || (97...122).contains(byte | 0x20) && byte < 0x80 || byte == UInt8(ascii: "_")
                || byte >= 0x80
        }
        guard !name.isEmpty else { return nil }
        rest = rest.dropFirst(name.count)
        return name.map { (65...90).contains($0) ? $0 | 0x20 : $0 }
    }

    mutating func list<Value>(
        _ element: (inout Reader) throws(TableFault) -> Value
    ) throws(TableFault) -> [Value] {
        var elements: [Value] = []
        repeat { elements.append(try element(&self)) } while take(",")
        guard take(")") else { throw TableFault(.malformedStatement, line: line) }
        return elements
    }

    /// A text, a number, NULL, true or false; each may name its type behind it.
    mutating func value() throws(TableFault) -> [UInt8]? {
        skipBlanks()
        let value: [UInt8]?
        if rest.first == UInt8(ascii: "'") {
            value = try text(escapes: false)
        } else if rest.count > 1, rest[rest.startIndex] | 0x20 == UInt8(ascii: "e"),
            rest[rest.startIndex + 1] == UInt8(ascii: "'")
        {
            rest.removeFirst()
            value = try text(escapes: true)
        } else {
            let word = rest.prefix {
                (48...57).contains($0) || (97...122).contains($0 | 0x20) || "+-.".utf8.contains($0)
            }
            guard !word.isEmpty else { throw TableFault(.malformedStatement, line: line) }
            rest = rest.dropFirst(word.count)
            let lower = word.map { $0 | 0x20 }
            let isNumber = word.allSatisfy { (48...57).contains($0) || "+-.eE".utf8.contains($0) }
            guard isNumber || ["null", "true", "false"].contains(where: { lower.elementsEqual($0.utf8) }) else {
                throw TableFault(.malformedStatement, line: line)
            }
            value = lower.elementsEqual("null".utf8) ? nil : Array(word)
        }
        if take(":") {
            guard take(":"), name() != nil else { throw TableFault(.malformedStatement, line: line) }
            if take("."), name() == nil { throw TableFault(.malformedStatement, line: line) }
        }
        return value
    }

    private mutating func text(escapes: Bool) throws(TableFault) -> [UInt8] {
        guard let text = quoted(by: UInt8(ascii: "'"), escapes: escapes) else {
            throw TableFault(.malformedStatement, line: line)
        }
        // A text's escapes are COPY's, but for those of Unicode, which pg_dump does not write.
        return escapes ? CopyText.unescaped(text[...]) : text
    }

    private mutating func quoted(by mark: UInt8, escapes: Bool) -> [UInt8]? {
        rest.removeFirst()
        var text: [UInt8] = []
        while let byte = rest.popFirst() {
            if escapes, byte == UInt8(ascii: "\\"), let next = rest.popFirst() {
                text += [byte, next]
            } else if byte != mark {
                text.append(byte)
            } else if rest.first == mark {
                rest.removeFirst()
                text.append(byte)
            } else {
                return text
            }
        }
        return nil
    }

    private mutating func skipBlanks() {
        rest = rest.drop { $0 == 0x20 || (0x09...0x0D).contains($0) }
    }
}
