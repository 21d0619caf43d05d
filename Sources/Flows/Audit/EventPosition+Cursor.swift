internal import Standards
public import Storage

extension EventPosition {
    /// A place in the log as text, opaque to clients: what a position is made of may change.
    public var cursor: String {
        var bytes: [UInt8] = []
        for half in [transaction, row] {
            for shift in stride(from: 56, through: 0, by: -8) { bytes.append(UInt8(truncatingIfNeeded: half >> shift)) }
        }
        return Base64URL.encode(bytes)
    }

    /// `nil` for anything that ``cursor`` does not write.
    public init?(cursor: String) {
        guard let bytes = Base64URL.decode(cursor), bytes.count == 16 else { return nil }
        func half(_ range: Range<Int>) -> Int64 { bytes[range].reduce(0) { $0 << 8 | Int64($1) } }
        self.init(transaction: half(0..<8), row: half(8..<16))
        guard transaction >= 0, row >= 0 else { return nil }
    }

    /// Before every event.
    static let beginning = EventPosition(transaction: 0, row: 0)
}
