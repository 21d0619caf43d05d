public import Domain
public import Storage

extension SQLTransaction {
    /// How many keys one statement has places for; a place with an empty key is none.
    private static var places: Int { 4 }

    public func throttles(_ keys: [[UInt8]]) throws(StoreFault) -> [[UInt8]: Timestamp] {
        var found: [[UInt8]: Timestamp] = [:]
        for part in Self.parts(keys) {
            let rows = try rows(
                "SELECT mac, full_at FROM throttles WHERE mac IN ($1, $2, $3, $4)", Self.padded(part).map { .blob($0) }
            ) { row throws(StoreFault) in (try row.blob(0), try row.time(1)) }
            for (key, time) in rows { found[key] = time }
        }
        return found
    }

    public func take(_ buckets: [ThrottleBucket], at time: Timestamp) throws(StoreFault) -> Set<[UInt8]> {
        var taken: Set<[UInt8]> = []
        for part in Self.parts(Self.inOrder(buckets)) {
            let keys = try rows(
                """
                INSERT INTO throttles (mac, step, room, full_at)
                SELECT mac, step, room, $1 + step FROM (
                    SELECT $2 AS mac, $3 AS step, $4 AS room UNION ALL SELECT $5, $6, $7
                    UNION ALL SELECT $8, $9, $10 UNION ALL SELECT $11, $12, $13) AS wanted
                WHERE length(mac) > 0
                ON CONFLICT (mac) DO UPDATE SET step = excluded.step, room = excluded.room,
                    full_at = CASE WHEN throttles.full_at > $1 THEN throttles.full_at ELSE $1 END + excluded.step
                WHERE CASE WHEN throttles.full_at > $1 THEN throttles.full_at - $1 ELSE 0 END + excluded.step
                    <= excluded.room
                RETURNING mac
                """,
                [.time(time)] + Self.padded(part).flatMap { [.blob($0.key), .integer($0.step), .integer($0.room)] }
            ) { row throws(StoreFault) in try row.blob(0) }
            taken.formUnion(keys)
        }
        return taken
    }

    public func giveBack(
        _ buckets: [ThrottleBucket], at time: Timestamp, remembering key: [UInt8]?, until end: Timestamp
    ) throws(StoreFault) {
        let remembered = key.map { ThrottleBucket(key: $0, step: 0, room: 0) }
        for part in Self.parts(Self.inOrder(buckets + (remembered.map { [$0] } ?? []))) {
            let values = Self.padded(part).flatMap { bucket -> [SQLValue] in
                [
                    .blob(bucket.key), .integer(bucket.step), .integer(bucket.room),
                    .time(bucket == remembered ? end : time),
                ]
            }
            _ = try change(
                """
                INSERT INTO throttles (mac, step, room, full_at)
                SELECT mac, step, room, full_at FROM (
                    SELECT $1 AS mac, $2 AS step, $3 AS room, $4 AS full_at UNION ALL SELECT $5, $6, $7, $8
                    UNION ALL SELECT $9, $10, $11, $12 UNION ALL SELECT $13, $14, $15, $16) AS given
                WHERE length(mac) > 0
                ON CONFLICT (mac) DO UPDATE SET full_at =
                    CASE WHEN throttles.full_at - excluded.step > excluded.full_at
                        THEN throttles.full_at - excluded.step ELSE excluded.full_at END
                """, values)
        }
    }

    public func claim(_ key: [UInt8], until end: Timestamp) throws(StoreFault) -> Bool {
        try change(
            """
            INSERT INTO throttles (mac, step, room, full_at) VALUES ($1, 0, 0, $2) ON CONFLICT (mac) DO NOTHING
            """, [.blob(key), .time(end)]) > 0
    }

    public func clearThrottles(_ keys: [[UInt8]], at time: Timestamp) throws(StoreFault) -> Int64 {
        var count: Int64 = 0
        for part in Self.parts(keys) {
            count += try change(
                "DELETE FROM throttles WHERE mac IN ($1, $2, $3, $4) AND full_at > $5",
                Self.padded(part).map { .blob($0) } + [.time(time)])
        }
        return count
    }

    public func deleteThrottles(before time: Timestamp, limit: Int) throws(StoreFault) -> Int64 {
        try change(
            """
            DELETE FROM throttles WHERE mac IN (
                SELECT mac FROM throttles WHERE full_at < $1 ORDER BY full_at LIMIT $2) AND full_at < $1
            """, [.time(time), .limit(limit)])
    }

    /// All who lock several rows lock them in the same order, so that none waits for another in a circle.
    private static func inOrder(_ buckets: [ThrottleBucket]) -> [ThrottleBucket] {
        buckets.sorted { $0.key.lexicographicallyPrecedes($1.key) }
    }

    private static func parts<Element>(_ list: [Element]) -> [ArraySlice<Element>] {
        stride(from: 0, to: list.count, by: places).map { list[$0..<min($0 + places, list.count)] }
    }

    private static func padded(_ part: ArraySlice<ThrottleBucket>) -> [ThrottleBucket] {
        Array(part) + Array(repeating: ThrottleBucket(key: [], step: 0, room: 0), count: places - part.count)
    }

    private static func padded(_ part: ArraySlice<[UInt8]>) -> [[UInt8]] {
        Array(part) + Array(repeating: [], count: places - part.count)
    }
}
