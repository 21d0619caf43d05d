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
            switch value {
            case .null: append(type: 0, start: nil, length: 0)
            case .integer(let number): try append(type: PostgresType.int8) { $0.append(bigEndian: number) }
            case .text(let text): try append(type: PostgresType.text) { $0.append(contentsOf: text.utf8) }
            case .blob(let blob): try append(type: PostgresType.bytea) { $0.append(contentsOf: blob) }
            case .id(let high, let low):
                try append(type: PostgresType.bytea) { bytes in
                    bytes.append(bigEndian: Int64(bitPattern: high))
                    bytes.append(bigEndian: Int64(bitPattern: low))
                }
            }
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

    private mutating func append(type: Oid, start: Int?, length: Int32) {
        types.append(type)
        starts.append(start)
        lengths.append(length)
    }

    private mutating func append(type: Oid, _ write: (inout [UInt8]) -> Void) throws(Failure) {
        let start = bytes.count
        write(&bytes)
        guard let length = Int32(exactly: bytes.count - start) else { throw .mistake("a value is too long") }
        append(type: type, start: start, length: length)
    }
}

extension [UInt8] {
    fileprivate mutating func append(bigEndian number: Int64) {
        for shift in stride(from: 56, through: 0, by: -8) { append(UInt8(truncatingIfNeeded: number >> shift)) }
    }
}
