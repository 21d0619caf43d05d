// StorageSQLite: the embedded database, one file in WAL mode.
//
// `SQLiteStore` is the door. `SQLiteWriter` owns the only connection that writes, and puts every waiting
// transaction into one commit; `SQLiteReaders` owns read-only connections. `SQLiteConnection` and
// `SQLiteStatement` are the only files that call SQLite. Start with `SQLiteWriter.swift`.
