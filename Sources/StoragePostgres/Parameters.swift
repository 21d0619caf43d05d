internal import CPostgres
internal import StorageSQL

/// Values on their way to the server: binary, each with its type, so that nothing is left to inference.
///
/// A null alone travels without a type, because it fits every column.
struct Parameters {
    private var types: [Oid] = []
    /// Where each value begins in `bytes`; `nil` for null.
    private var starts: [Int?] = []
    private var lengths: [Int32] = []
    private var bytes: [UInt8] = []

    /// - Throws: when a value is longer than the protocol can say.
    init(_ values: [SQLValue]) throws(Failure) {
        for value in values {
            let start = bytes.count
            let type = try bytes.append(value)
            guard let length = Int32(exactly: bytes.count - start) else { throw .mistake("a value is too long") }
            types.append(type)
            starts.append(type == PostgresType.unknown ? nil : start)
            lengths.append(length)
        }
        bytes.append(0)  // an array without elements has no address
    }

    /// Lends the five arrays that `PQsendQueryParams` wants.
    func withPointers(
        _ body: (
            Int32, UnsafePointer<Oid>?, UnsafePointer<UnsafePointer<CChar>?>?, UnsafePointer<Int32>?,
            UnsafePointer<Int32>?
        ) -> Int32
    ) -> Bool {
        let formats = [Int32](repeating: 1, count: types.count)
        return unsafe bytes.withUnsafeBytes { raw in
            let base = unsafe raw.assumingMemoryBound(to: CChar.self).baseAddress
            let addresses = unsafe starts.map { start in unsafe start.flatMap { unsafe base?.advanced(by: $0) } }
            return unsafe body(Int32(clamping: types.count), types, addresses, lengths, formats) == 1
        }
    }
}

extension [UInt8] {
    /// The binary form of a value, and its type; a null has neither.
    fileprivate mutating func append(_ value: SQLValue) throws(Failure) -> Oid {
        switch value {
        case .null: return PostgresType.unknown
        case .integer(let number): append(bigEndian: UInt64(bitPattern: number))
        case .text(let text): append(contentsOf: text.utf8)
        case .blob(let blob): append(contentsOf: blob)
        case .id(let high, let low):
            append(bigEndian: high)
            append(bigEndian: low)
        case .list(let values): return try append(list: values)
        }
        return PostgresType.of(value)
    }

    /// An array of one dimension whose first element has the number 1.
    private mutating func append(list values: [SQLValue]) throws(Failure) -> Oid {
        guard let element = values.first.map(PostgresType.of), let type = PostgresType.arrays[element],
            let count = UInt32(exactly: values.count)
        else { throw .mistake("a list without an element, or of something that lists cannot hold") }
        for number in [1, 0, element, count, 1] { append(bigEndian: number) }
        for value in values {
            guard PostgresType.of(value) == element else { throw .mistake("a list of several types") }
            let place = self.count
            append(bigEndian: UInt32(0))
            _ = try append(value)
            guard let length = UInt32(exactly: self.count - place - 4) else { throw .mistake("a value is too long") }
            for (index, byte) in [24, 16, 8, 0].map({ UInt8(truncatingIfNeeded: length >> $0) }).enumerated() {
                self[place + index] = byte
            }
        }
        return type
    }

    private mutating func append(bigEndian number: some FixedWidthInteger) {
        for shift in stride(from: number.bitWidth - 8, through: 0, by: -8) {
            append(UInt8(truncatingIfNeeded: number >> shift))
        }
    }
}

extension PostgresType {
    /// The array types whose elements are these.
    static let arrays: [Oid: Oid] = [bytea: 1001, int8: 1016, text: 1009]

    fileprivate static func of(_ value: SQLValue) -> Oid {
        switch value {
        case .null, .list: unknown
        case .integer: int8
        case .text: text
        case .blob, .id: bytea
        }
    }
}
