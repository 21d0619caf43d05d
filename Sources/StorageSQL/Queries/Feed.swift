internal import Domain
public import Storage

/// How much of the feed is kept. A node that fell further behind sees a gap in the sequence and forgets everything.
private enum FeedLength {
    static let kept: Int64 = 100_000
    static let slice: Int64 = 256
}

extension SQLTransaction {
    public func feedPosition() throws(StoreFault) -> Int64 {
        try row("SELECT seq FROM feed", []) { row throws(StoreFault) in try row.integer(0) } ?? 0
    }

    public func feedHead() throws(StoreFault) -> FeedHead {
        let sql: StaticString =
            switch Connection.dialect {
            case .sqlite: "SELECT seq, 0 FROM feed"
            // Of everything that tells servers apart, what every role of every PostgreSQL may ask for.
            case .postgres:
                "SELECT seq, floor(extract(epoch FROM pg_postmaster_start_time()) * 1000000)::bigint FROM feed"
            }
        let head = try row(sql, []) { row throws(StoreFault) in
            FeedHead(sequence: try row.integer(0), server: try row.integer(1))
        }
        guard let head else { throw .damaged("the feed's only row is missing") }
        return head
    }

    public func changes(after sequence: Int64, limit: Int) throws(StoreFault) -> [PlacedChange] {
        try rows(
            "SELECT seq, kind, subject_id, realm FROM feed_entries WHERE seq > $1 ORDER BY seq LIMIT $2",
            [.integer(sequence), .limit(limit)], readChange)
    }

    public func announce(_ change: Change) throws(StoreFault) {
        let advance: StaticString =
            switch Connection.dialect {
            case .sqlite: "UPDATE feed SET seq = seq + 1 RETURNING seq"
            // Whoever listens is told once the commit can be seen. Only here: NOTIFY makes commits wait for one another,
            // which those that announce do anyway.
            case .postgres: "UPDATE feed SET seq = seq + 1 RETURNING seq, pg_notify('aldrava_feed', '')"
            }
        let sequence = try changed(advance, []) { row throws(StoreFault) in try row.integer(0) }
        guard let sequence else { throw .damaged("the feed's only row is missing") }
        let (kind, subject, realm): (String, SQLValue, RealmName) =
            switch change {
            case .session(let id, let realm): ("session", .id(id), realm)
            case .user(let id, let realm): ("user", .id(id), realm)
            case .realm(let realm): ("realm", .null, realm)
            case .signingKeys(let realm): ("signing_keys", .null, realm)
            case .apiKey(let id, let realm): ("api_key", .id(id), realm)
            }
        _ = try self.change(
            "INSERT INTO feed_entries (seq, kind, subject_id, realm) VALUES ($1, $2, $3, $4)",
            [.integer(sequence), .text(kind), subject, .realm(realm)])
        if sequence % FeedLength.slice == 0 { try prune(below: sequence - FeedLength.kept) }
    }

    /// One slice at a time: each slice of new entries makes room by twice as many old ones.
    private func prune(below sequence: Int64) throws(StoreFault) {
        _ = try change(
            """
            DELETE FROM feed_entries WHERE seq IN (
                SELECT seq FROM feed_entries WHERE seq <= $1 ORDER BY seq LIMIT $2)
            """, [.integer(sequence), .integer(2 * FeedLength.slice)])
    }
}

private func readChange(_ row: some SQLRow) throws(StoreFault) -> PlacedChange {
    let realm = try row.realm(3)
    let change: Change
    switch try row.text(1) {
    case "session": change = .session(try row.id(2), realm)
    case "user": change = .user(try row.id(2), realm)
    case "realm": change = .realm(realm)
    case "signing_keys": change = .signingKeys(realm)
    case "api_key": change = .apiKey(try row.id(2), realm)
    // A newer version's word: whatever it means, forgetting the whole realm covers it.
    default: change = .realm(realm)
    }
    return PlacedChange(sequence: try row.integer(0), change: change)
}
