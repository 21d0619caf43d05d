public import Domain
public import Storage

extension SQLTransaction {
    public func dataKeys() throws(StoreFault) -> [StoredDataKey] {
        try rows("SELECT purpose, epoch, wrapped, created_at, retired_at FROM data_keys ORDER BY purpose, epoch", []) {
            row throws(StoreFault) in
            StoredDataKey(
                purpose: try row.text(0), epoch: try row.integer(1), wrapped: try row.blob(2),
                createdAt: try row.time(3), retiredAt: try row.optionalTime(4))
        }
    }

    public func claim(_ key: StoredDataKey) throws(StoreFault) {
        _ = try change(
            """
            INSERT INTO data_keys (purpose, epoch, wrapped, created_at, retired_at) VALUES ($1, $2, $3, $4, $5)
            ON CONFLICT (purpose, epoch) DO NOTHING
            """,
            [
                .text(key.purpose), .integer(key.epoch), .blob(key.wrapped), .time(key.createdAt),
                .time(key.retiredAt),
            ])
    }

    public func replace(_ key: StoredDataKey) throws(StoreFault) {
        _ = try change(
            "UPDATE data_keys SET wrapped = $3, retired_at = $4 WHERE purpose = $1 AND epoch = $2",
            [.text(key.purpose), .integer(key.epoch), .blob(key.wrapped), .time(key.retiredAt)])
    }

    public func removeWrappingKey(epoch: Int64) throws(StoreFault) -> Bool {
        try change(
            """
            DELETE FROM data_keys WHERE purpose = 'wrapping' AND epoch = $1
                AND NOT EXISTS (SELECT 1 FROM subject_keys WHERE wrapping = $1)
                AND NOT EXISTS (SELECT 1 FROM signing_keys WHERE wrapping = $1)
            """, [.integer(epoch)]) > 0
    }

    public func lastSessionEnd() throws(StoreFault) -> Timestamp? {
        let end = try row("SELECT max(absolute_end) FROM sessions WHERE ended_at IS NULL", []) {
            row throws(StoreFault) in try row.optionalTime(0)
        }
        return end ?? nil
    }
}
