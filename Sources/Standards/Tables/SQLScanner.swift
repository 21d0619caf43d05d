/// Finds where SQL statements end, without being taken in by what stands in texts, comments and bodies of functions.
struct SQLScanner {
    private enum State {
        case start, plain, dash, slash, lineComment, metaCommand
        case blockComment(depth: Int, last: UInt8)
        case text(escapes: Bool, isEscaped: Bool)
        /// Behind a quotation mark in a text, which ends it unless another one follows.
        case textMark(escapes: Bool)
        case name
        case dollar(tag: [UInt8])
        case body(tag: [UInt8], matched: Int)
    }

    /// A statement as far as it was collected; one that does not begin like `wanted` is passed over without being kept.
    private(set) var statement: [UInt8] = []
    private var state = State.start
    private var isKept = true
    private var last: UInt8?
    private var beforeLast: UInt8?
    private let wanted: [[UInt8]]
    private let longest: Int

    init(wanted: [String], longest: Int) {
        self.wanted = wanted.map { Array($0.utf8) }
        self.longest = longest
    }

    /// Whether a file may end here.
    var isBetweenStatements: Bool {
        switch state {
        case .start, .lineComment, .metaCommand: statement.isEmpty && isKept
        default: false
        }
    }

    /// True when `byte` ended a statement that was wanted, which ``statement`` then holds without its semicolon.
    mutating func step(_ byte: UInt8, line: Int) throws(TableFault) -> Bool {
        switch state {
        case .start:
            if Self.isBlank(byte) { return false }
            if byte == UInt8(ascii: "\\") {
                state = .metaCommand
                return false
            }
            state = .plain
            return try plain(byte, line)
        case .plain: return try plain(byte, line)
        case .dash:
            if byte == UInt8(ascii: "-") {
                if statement.count == 1 { statement = [] } else if isKept { statement[statement.count - 1] = 0x20 }
                state = .lineComment
                return false
            }
            state = .plain
            return try plain(byte, line)
        case .slash:
            if byte == UInt8(ascii: "*") {
                if statement.count == 1 { statement = [] } else if isKept { statement[statement.count - 1] = 0x20 }
                state = .blockComment(depth: 1, last: 0)
                return false
            }
            state = .plain
            return try plain(byte, line)
        case .lineComment, .metaCommand: if byte == 0x0A { resume() }
        case .blockComment(let depth, let last):
            if last == UInt8(ascii: "*"), byte == UInt8(ascii: "/") {
                if depth == 1 { resume() } else { state = .blockComment(depth: depth - 1, last: 0) }
            } else if last == UInt8(ascii: "/"), byte == UInt8(ascii: "*") {
                state = .blockComment(depth: depth + 1, last: 0)
            } else {
                state = .blockComment(depth: depth, last: byte)
            }
        case .text(let escapes, let isEscaped):
            try keep(byte, line)
            if isEscaped {
                state = .text(escapes: escapes, isEscaped: false)
            } else if escapes, byte == UInt8(ascii: "\\") {
                state = .text(escapes: true, isEscaped: true)
            } else if byte == UInt8(ascii: "'") {
                state = .textMark(escapes: escapes)
            }
        case .textMark(let escapes):
            guard byte == UInt8(ascii: "'") else {
                state = .plain
                return try plain(byte, line)
            }
            try keep(byte, line)
            state = .text(escapes: escapes, isEscaped: false)
        case .name:
            try keep(byte, line)
            if byte == UInt8(ascii: "\"") { state = .plain }
        case .dollar(let tag):
            guard byte == UInt8(ascii: "$") || Self.isNamePart(byte) && tag.count < 64 else {
                state = .plain
                return try plain(byte, line)
            }
            try keep(byte, line)
            state =
                byte == UInt8(ascii: "$") ? .body(tag: tag + [byte], matched: 0) : .dollar(tag: tag + [byte])
        case .body(let tag, let matched):
            try keep(byte, line)
            if byte == tag[matched] {
                state = matched + 1 == tag.count ? .plain : .body(tag: tag, matched: matched + 1)
            } else {
                state = .body(tag: tag, matched: byte == tag[0] ? 1 : 0)
            }
        }
        return false
    }

    /// Forgets the statement that ended.
    mutating func next() {
        statement.removeAll(keepingCapacity: true)
        isKept = true
        last = nil
        beforeLast = nil
        state = .start
    }

    private mutating func plain(_ byte: UInt8, _ line: Int) throws(TableFault) -> Bool {
        switch byte {
        case UInt8(ascii: ";"):
            if isKept, isWanted { return true }
            next()
            return false
        case UInt8(ascii: "'"):
            let escapes = last.map { $0 | 0x20 == UInt8(ascii: "e") } ?? false
            state = .text(escapes: escapes && !(beforeLast.map(Self.isNamePart) ?? false), isEscaped: false)
        case UInt8(ascii: "\""): state = .name
        case UInt8(ascii: "-"): state = .dash
        case UInt8(ascii: "/"): state = .slash
        case UInt8(ascii: "$"): if !(last.map(Self.isNamePart) ?? false) { state = .dollar(tag: [byte]) }
        default: break
        }
        try keep(byte, line)
        return false
    }

    private mutating func resume() { state = statement.isEmpty && isKept ? .start : .plain }

    private mutating func keep(_ byte: UInt8, _ line: Int) throws(TableFault) {
        beforeLast = last
        last = byte
        guard isKept else { return }
        statement.append(byte)
        if statement.count == 32, !isWanted {
            isKept = false
            statement.removeAll(keepingCapacity: true)
        }
        guard statement.count <= longest else { throw TableFault(.tooLong, line: line) }
    }

    private var isWanted: Bool {
        wanted.contains { word in
            statement.count >= word.count && zip(statement, word).allSatisfy { $0 | 0x20 == $1 | 0x20 }
        }
    }

    private static func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || (0x09...0x0D).contains(byte) }

    private static func isNamePart(_ byte: UInt8) -> Bool {
        (48...57).contains(byte) || (97...122).contains(byte | 0x20) || byte == UInt8(ascii: "_") || byte >= 0x80
    }
}
