internal import CPostgres
internal import Storage
internal import StorageSQL

/// What the server answered to one statement, in libpq's memory until nobody holds it any more.
@safe final class Reply {
    private let result: OpaquePointer

    init(taking result: OpaquePointer) { unsafe self.result = unsafe result }

    deinit { unsafe pq_clear(result) }

    /// Rows inserted, updated, deleted or selected; 0 for statements that count nothing.
    var count: Int64 { unsafe Int64(String(cString: pq_cmdTuples(result))) ?? 0 }

    /// Such as `INSERT 0 1`; `ROLLBACK` where a COMMIT was refused.
    var tag: String { unsafe String(cString: pq_cmdStatus(result)) }

    var rows: some Sequence<Row> {
        let count = unsafe pq_ntuples(result)
        return (0..<count).lazy.map { Row(reply: self, index: $0) }
    }

    /// Columns are binary, and what they mean follows from their type.
    struct Row: SQLRow {
        fileprivate let reply: Reply
        fileprivate let index: Int32

        func isNull(_ column: Int) -> Bool {
            unsafe pq_getisnull(reply.result, index, Int32(clamping: column)) != 0
        }

        func integer(_ column: Int) throws(StoreFault) -> Int64 {
            let isSmaller = type(column) == PostgresType.bool
            guard isSmaller || PostgresType.integers.contains(type(column)), !isNull(column) else {
                throw wrongType(column)
            }
            return unsafe withBytes(column) { bytes in
                // Two's complement: the first byte's sign is the number's.
                let start: Int64 = unsafe (bytes.first ?? 0) & 0x80 == 0 || isSmaller ? 0 : -1
                return unsafe bytes.reduce(start) { $0 << 8 | Int64($1) }
            }
        }

        func text(_ column: Int) throws(StoreFault) -> String {
            guard PostgresType.texts.contains(type(column)), !isNull(column) else { throw wrongType(column) }
            return unsafe withBytes(column) { unsafe String(decoding: $0, as: UTF8.self) }
        }

        func blob(_ column: Int) throws(StoreFault) -> [UInt8] {
            guard type(column) == PostgresType.bytea, !isNull(column) else { throw wrongType(column) }
            return unsafe withBytes(column) { unsafe Array($0) }
        }

        func halves(_ column: Int) throws(StoreFault) -> (high: UInt64, low: UInt64)? {
            guard type(column) == PostgresType.bytea, !isNull(column) else { throw wrongType(column) }
            return unsafe withBytes(column) { bytes in
                guard bytes.count == 16 else { return nil }
                return unsafe (
                    high: UInt64(bigEndian: bytes.loadUnaligned(as: UInt64.self)),
                    low: UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: 8, as: UInt64.self))
                )
            }
        }

        private func type(_ column: Int) -> Oid { unsafe pq_ftype(reply.result, Int32(clamping: column)) }

        private func withBytes<Value>(_ column: Int, _ read: (UnsafeRawBufferPointer) -> Value) -> Value {
            let column = Int32(clamping: column)
            let start = unsafe UnsafeRawPointer(pq_getvalue(reply.result, index, column))
            let count = unsafe Int(pq_getlength(reply.result, index, column))
            return unsafe read(UnsafeRawBufferPointer(start: start, count: count))
        }

        private func wrongType(_ column: Int) -> StoreFault {
            .damaged("column \(column) is \(isNull(column) ? "null" : "of type \(type(column))")")
        }
    }
}

/// The types that queries use, by their numbers in `pg_type`, which never change.
enum PostgresType {
    /// What has no type of its own, such as a null.
    static let unknown: Oid = 0
    static let bool: Oid = 16
    static let bytea: Oid = 17
    static let int8: Oid = 20
    static let text: Oid = 25

    /// int8, int2, int4 and xid8.
    static let integers: [Oid] = [int8, 21, 23, 5069]
    /// text, name and varchar.
    static let texts: [Oid] = [text, 19, 1043]
}
