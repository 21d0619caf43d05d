internal import CPostgres
internal import StorageSQL

extension Connection.Reply {
    /// Copies a result out of libpq's memory.
    init(_ result: OpaquePointer) throws(Failure) {
        tag = unsafe String(cString: PQcmdStatus(result))
        count = unsafe Int64(String(cString: PQcmdTuples(result))) ?? 0
        let columns = unsafe PQnfields(result)
        let types = (0..<columns).map { unsafe PQftype(result, $0) }
        var rows: [[SQLValue]] = []
        let height = unsafe PQntuples(result)
        for row in 0..<height {
            var values: [SQLValue] = []
            values.reserveCapacity(types.count)
            for column in 0..<columns {
                values.append(try unsafe Self.value(in: result, row: row, column: column, type: types[Int(column)]))
            }
            rows.append(values)
        }
        self.rows = rows
    }

    private static func value(
        in result: OpaquePointer, row: Int32, column: Int32, type: Oid
    ) throws(Failure) -> SQLValue {
        guard unsafe PQgetisnull(result, row, column) == 0 else { return .null }
        let length = unsafe Int(PQgetlength(result, row, column))
        let start = unsafe UnsafeRawPointer(PQgetvalue(result, row, column))
        let bytes = unsafe UnsafeRawBufferPointer(start: start, count: length)
        switch type {
        case PostgresType.int8, PostgresType.xid8:
            return .integer(unsafe bytes.reduce(0) { $0 << 8 | Int64($1) })
        case PostgresType.int4:
            return .integer(Int64(Int32(truncatingIfNeeded: unsafe bytes.reduce(Int64(0)) { $0 << 8 | Int64($1) })))
        case PostgresType.int2:
            return .integer(Int64(Int16(truncatingIfNeeded: unsafe bytes.reduce(Int64(0)) { $0 << 8 | Int64($1) })))
        case PostgresType.bool:
            return .integer(unsafe bytes.contains(1) ? 1 : 0)
        case PostgresType.text, PostgresType.varchar, PostgresType.name:
            return .text(unsafe String(decoding: bytes, as: UTF8.self))
        case PostgresType.bytea:
            return .blob(unsafe Array(bytes))
        case PostgresType.void:
            return .null
        default:
            throw .mistake("a column has type \(type), which no query of ours may return")
        }
    }
}
