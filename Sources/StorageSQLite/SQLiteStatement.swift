internal import CSQLite
internal import Storage
internal import StorageSQL

/// A prepared statement, finalised with its last reference. Belongs to its connection's thread.
@safe final class SQLiteStatement {
    private let handle: OpaquePointer
    /// For each parameter of SQLite's, which of the values it takes: SQLite numbers `$2, $1` in order of
    /// appearance and PostgreSQL does not.
    private let places: [Int]
    private let valueCount: Int

    /// - Parameter isKept: whether the statement will be used again and again.
    init(_ sql: StaticString, on database: OpaquePointer, isKept: Bool) throws(StoreFault) {
        var handle: OpaquePointer?
        let code = unsafe sqlite3_prepare_v3(
            database, UnsafeRawPointer(sql.utf8Start).assumingMemoryBound(to: CChar.self), Int32(sql.utf8CodeUnitCount),
            isKept ? UInt32(SQLITE_PREPARE_PERSISTENT) : 0, &handle, nil)
        guard code == SQLITE_OK, let handle = unsafe handle else { throw unsafe StoreFault(code, on: database) }
        unsafe self.handle = unsafe handle
        var places: [Int] = []
        let count = unsafe sqlite3_bind_parameter_count(handle)
        for index in 0..<count {
            guard let name = unsafe sqlite3_bind_parameter_name(handle, index + 1),
                let number = Int(unsafe String(cString: name).dropFirst()), number > 0
            else {
                unsafe sqlite3_finalize(handle)
                throw .unexpected("a parameter is not $1, $2, …: \(sql)")
            }
            places.append(number - 1)
        }
        self.places = places
        valueCount = (places.max() ?? -1) + 1
    }

    deinit { unsafe sqlite3_finalize(handle) }

    /// Runs to the end and calls `read` for each row.
    func run(
        _ values: [SQLValue], on database: OpaquePointer, _ read: (SQLiteRow) throws(StoreFault) -> Void
    ) throws(StoreFault) {
        guard values.count == valueCount else {
            throw .unexpected("\(values.count) values for \(valueCount) parameters: \(text)")
        }
        defer {
            unsafe sqlite3_reset(handle)
            unsafe sqlite3_clear_bindings(handle)
        }
        for (index, place) in places.enumerated() {
            let code = bind(values[place], at: Int32(index + 1))
            guard code == SQLITE_OK else { throw unsafe StoreFault(code, on: database) }
        }
        while true {
            let code = unsafe sqlite3_step(handle)
            if code == SQLITE_DONE { return }
            guard code == SQLITE_ROW else { throw unsafe StoreFault(code, on: database) }
            try unsafe read(SQLiteRow(handle))
        }
    }

    private func bind(_ value: SQLValue, at index: Int32) -> Int32 {
        switch value {
        case .null: return unsafe sqlite3_bind_null(handle, index)
        case .integer(let number): return unsafe sqlite3_bind_int64(handle, index, number)
        case .text(var text):
            return text.withUTF8 { bytes in
                unsafe bytes.withMemoryRebound(to: CChar.self) { characters in
                    unsafe csqlite_bind_text(handle, index, characters.baseAddress, UInt64(characters.count))
                }
            }
        case .blob(let bytes):
            return unsafe bytes.withUnsafeBytes { bytes in
                unsafe csqlite_bind_blob(handle, index, bytes.baseAddress, UInt64(bytes.count))
            }
        case .list: return SQLITE_MISMATCH
        case .id(let high, let low):
            return unsafe withUnsafeBytes(of: (high.bigEndian, low.bigEndian)) { bytes in
                unsafe csqlite_bind_blob(handle, index, bytes.baseAddress, UInt64(bytes.count))
            }
        }
    }

    private var text: String { unsafe sqlite3_sql(handle).map { unsafe String(cString: $0) } ?? "" }
}

/// The row on which a statement stands.
@safe struct SQLiteRow: SQLRow {
    private let handle: OpaquePointer

    init(_ handle: OpaquePointer) { unsafe self.handle = unsafe handle }

    func isNull(_ column: Int) -> Bool { type(of: column) == SQLITE_NULL }

    func integer(_ column: Int) throws(StoreFault) -> Int64 {
        try require(SQLITE_INTEGER, column)
        return unsafe sqlite3_column_int64(handle, Int32(column))
    }

    func text(_ column: Int) throws(StoreFault) -> String {
        try require(SQLITE_TEXT, column)
        guard let start = unsafe sqlite3_column_text(handle, Int32(column)) else {
            throw .unavailable("out of memory")
        }
        let count = Int(unsafe sqlite3_column_bytes(handle, Int32(column)))
        guard let text = unsafe String(validating: UnsafeBufferPointer(start: start, count: count), as: UTF8.self)
        else { throw .damaged("a text is not UTF-8") }
        return text
    }

    func blob(_ column: Int) throws(StoreFault) -> [UInt8] {
        try require(SQLITE_BLOB, column)
        let start = unsafe sqlite3_column_blob(handle, Int32(column))  // nil for an empty one
        let count = Int(unsafe sqlite3_column_bytes(handle, Int32(column)))
        return unsafe Array(UnsafeRawBufferPointer(start: start, count: start == nil ? 0 : count))
    }

    func halves(_ column: Int) throws(StoreFault) -> (high: UInt64, low: UInt64)? {
        try require(SQLITE_BLOB, column)
        guard let start = unsafe sqlite3_column_blob(handle, Int32(column)),
            unsafe sqlite3_column_bytes(handle, Int32(column)) == 16
        else { return nil }
        return unsafe (
            high: UInt64(bigEndian: start.loadUnaligned(as: UInt64.self)),
            low: UInt64(bigEndian: start.loadUnaligned(fromByteOffset: 8, as: UInt64.self))
        )
    }

    private func type(of column: Int) -> Int32 { unsafe sqlite3_column_type(handle, Int32(column)) }

    private func require(_ expected: Int32, _ column: Int) throws(StoreFault) {
        guard type(of: column) == expected else { throw .damaged("column \(column) has an unforeseen type") }
    }
}

extension StoreFault {
    /// What a result code of SQLite's means to Storage; the message is SQLite's own.
    init(_ code: Int32, on database: OpaquePointer?) {
        let message = unsafe String(cString: database == nil ? sqlite3_errstr(code) : sqlite3_errmsg(database))
        let detail = "\(message) (\(code))"
        self =
            switch code & 0xFF {
            case SQLITE_FULL: .full(detail)
            case SQLITE_IOERR, SQLITE_CANTOPEN, SQLITE_READONLY, SQLITE_PERM: .inputOutput(detail)
            case SQLITE_NOMEM: .unavailable(detail)
            case SQLITE_CONSTRAINT: .constraint(detail)
            case SQLITE_BUSY, SQLITE_LOCKED: .busy(detail)
            case SQLITE_CORRUPT, SQLITE_NOTADB: .damaged(detail)
            default: .unexpected(detail)
            }
    }
}
