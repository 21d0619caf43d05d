/// Reads comma-separated values (RFC 4180) as they come: strict, because a mark that is missing moves everything behind it.
///
/// Fields are bytes; a field in quotation marks may hold commas, line ends and doubled quotation marks. Empty lines are
/// passed over. A UTF-8 byte order mark at the beginning is, too.
public struct CSVReader: Sendable {
    public struct Record: Sendable {
        public let fields: [[UInt8]]
        /// Where the record begins.
        public let line: Int
    }

    private enum State {
        case fieldStart, plain, quoted, afterQuote, afterReturn
    }

    private let longest: Int
    private let mostFields: Int
    private var state = State.fieldStart
    private var fields: [[UInt8]] = []
    private var field: [UInt8] = []
    private var size = 0
    private var line = 1
    private var recordLine = 1
    /// How much of a byte order mark was seen; `nil` behind the first bytes.
    private var mark: Int? = 0

    private static let byteOrderMark: [UInt8] = [0xEF, 0xBB, 0xBF]

    public init(longest: Int = 1 << 20, mostFields: Int = 512) {
        self.longest = longest
        self.mostFields = mostFields
    }

    public mutating func read(_ chunk: ArraySlice<UInt8>, _ take: (Record) throws -> Void) throws {
        for byte in chunk {
            if let seen = mark {
                if seen < 3, byte == Self.byteOrderMark[seen] {
                    mark = seen + 1
                    continue
                }
                mark = nil
                for held in Self.byteOrderMark.prefix(seen < 3 ? seen : 0) { try step(held, take) }
            }
            try step(byte, take)
        }
    }

    /// The last record may have no line end.
    public mutating func finish(_ take: (Record) throws -> Void) throws {
        switch state {
        case .quoted: throw TableFault(.unfinished, line: recordLine)
        case .afterReturn: throw TableFault(.strayCarriageReturn, line: line)
        case .fieldStart where fields.isEmpty: return
        case .fieldStart, .plain, .afterQuote: try endRecord(take)
        }
    }

    private mutating func step(_ byte: UInt8, _ take: (Record) throws -> Void) throws {
        size += 1
        guard size <= longest else { throw TableFault(.tooLong, line: recordLine) }
        switch (state, byte) {
        case (.quoted, UInt8(ascii: "\"")): state = .afterQuote
        case (.quoted, _):
            if byte == 0x0A { line += 1 }
            field.append(byte)
        case (.afterQuote, UInt8(ascii: "\"")):
            field.append(byte)
            state = .quoted
        case (.afterReturn, 0x0A), (.plain, 0x0A), (.afterQuote, 0x0A), (.fieldStart, 0x0A):
            line += 1
            try endRecord(take)
        case (.afterReturn, _): throw TableFault(.strayCarriageReturn, line: line)
        case (_, UInt8(ascii: ",")): try endField()
        case (_, 0x0D): state = .afterReturn
        case (.afterQuote, _): throw TableFault(.textAfterQuote, line: line)
        case (.fieldStart, UInt8(ascii: "\"")): state = .quoted
        case (.plain, UInt8(ascii: "\"")): throw TableFault(.strayQuote, line: line)
        case (.fieldStart, _), (.plain, _):
            field.append(byte)
            state = .plain
        }
    }

    private mutating func endField() throws {
        guard fields.count < mostFields else { throw TableFault(.tooManyFields, line: recordLine) }
        fields.append(field)
        field = []
        state = .fieldStart
    }

    private mutating func endRecord(_ take: (Record) throws -> Void) throws {
        try endField()
        let record = Record(fields: fields, line: recordLine)
        let isEmpty = size <= 2 && fields.count == 1 && fields[0].isEmpty
        fields.removeAll(keepingCapacity: true)
        size = 0
        recordLine = line
        if !isEmpty { try take(record) }
    }
}
