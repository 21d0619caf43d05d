/// Reads the rows of one table out of what pg_dump writes as a script, as they come: from `COPY`, or from `INSERT`s that
/// name their columns. Everything else in the script is passed over, and nothing within a text is taken for a statement.
public struct PostgresDump: Sendable {
    public struct Row: Sendable {
        public let columns: [String]
        /// `nil` for NULL.
        public let values: [[UInt8]?]
        public let line: Int
    }

    private enum Place {
        case script
        /// Behind `COPY … FROM stdin;`, up to the end of its line.
        case beforeData(columns: [String]?)
        case data(columns: [String]?)
    }

    private let table: [UInt8]
    private var scanner: SQLScanner
    private var lines: LineReader
    private var place = Place.script
    private var line = 1

    /// - Parameter table: with its schema, such as `auth.users`.
    public init(table: String, longestRow: Int = 1 << 20) {
        self.table = Array(table.utf8)
        let quoted = table.utf8.split(separator: UInt8(ascii: ".")).map { "\"\(String(decoding: $0, as: UTF8.self))\"" }
            .joined(separator: ".")
        scanner = SQLScanner(
            wanted: [
                "INSERT INTO \(table) ", "INSERT INTO \(table)(", "INSERT INTO \(quoted) ", "INSERT INTO \(quoted)(",
                "COPY ",
            ], longest: 16 * longestRow)
        lines = LineReader(longest: longestRow)
    }

    /// `nil` instead of a row for a line that is too long.
    public typealias Take = (_ row: Row?, _ line: Int) throws -> Void

    public mutating func read(_ chunk: ArraySlice<UInt8>, _ take: Take) throws {
        var rest = chunk
        while !rest.isEmpty {
            switch place {
            case .script: try readScript(&rest, take)
            case .beforeData(let columns):
                let byte = rest.removeFirst()
                if byte == 0x0A {
                    line += 1
                    lines = LineReader(longest: lines.longest, number: line)
                    place = .data(columns: columns)
                } else if byte != 0x0D, byte != 0x20 {
                    throw TableFault(.malformedStatement, line: line)
                }
            case .data(let columns): try readData(&rest, columns, take)
            }
        }
    }

    public mutating func finish(_ take: Take) throws {
        guard case .script = place, scanner.isBetweenStatements else { throw TableFault(.unfinished, line: line) }
    }

    private mutating func readScript(_ rest: inout ArraySlice<UInt8>, _ take: Take) throws {
        while let byte = rest.popFirst() {
            if byte == 0x0A { line += 1 }
            guard try scanner.step(byte, line: line) else { continue }
            let statement = scanner.statement
            scanner.next()
            if let copy = try SQLInsert.copyColumns(statement, line: line) {
                let isWanted = copy.table == table
                if isWanted, copy.1.isEmpty { throw TableFault(.noColumns, line: line) }
                place = .beforeData(columns: isWanted ? copy.1.map(Self.text) : nil)
                return
            }
            if statement.starts(with: "COPY".utf8) || statement.starts(with: "copy".utf8) { continue }
            let insert = try SQLInsert(statement, line: line)
            let columns = insert.columns.map(Self.text)
            for values in insert.rows { try take(Row(columns: columns, values: values, line: line), line) }
        }
    }

    private mutating func readData(_ rest: inout ArraySlice<UInt8>, _ columns: [String]?, _ take: Take) throws {
        var isOver = false
        while !rest.isEmpty, !isOver {
            try lines.readOne(&rest) { text, number in
                if let text, text.elementsEqual("\\.".utf8) {
                    isOver = true
                } else if let columns {
                    try take(text.map { Row(columns: columns, values: CopyText.fields($0), line: number) }, number)
                }
            }
        }
        line = lines.nextNumber
        if isOver { place = .script }
    }

    private static func text(_ name: [UInt8]) -> String { String(decoding: name, as: UTF8.self) }
}
