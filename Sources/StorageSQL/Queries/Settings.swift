public import Storage

extension SQLTransaction {
    public func schemaVersion() throws(StoreFault) -> Int64 { try SchemaVersion.read(on: connection) }

    public func lookAboveRealms() throws(StoreFault) {
        guard Connection.dialect == .postgres else { return }
        _ = try row("SELECT set_config('aldrava.realm', $1, true)", [.text(StoreScope.server.text)]) {
            _ throws(StoreFault) in
        }
    }

    public func setting(_ name: String) throws(StoreFault) -> [UInt8]? {
        try row("SELECT value FROM settings WHERE name = $1", [.text(name)]) { row throws(StoreFault) in
            try row.blob(0)
        }
    }

    public func setSetting(_ name: String, to value: [UInt8]) throws(StoreFault) {
        _ = try change(
            """
            INSERT INTO settings (name, value) VALUES ($1, $2)
            ON CONFLICT (name) DO UPDATE SET value = excluded.value
            """, [.text(name), .blob(value)])
    }

    public func claimSetting(_ name: String, value: [UInt8]) throws(StoreFault) -> Bool {
        try change(
            "INSERT INTO settings (name, value) VALUES ($1, $2) ON CONFLICT (name) DO NOTHING",
            [.text(name), .blob(value)]) > 0
    }
}
