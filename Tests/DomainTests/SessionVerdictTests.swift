import Domain
import Testing

/// How a session answers a refresh token whose MAC is good. Times are milliseconds; the session of the rows was last
/// used at 0, is idle-limited to a day, ends at a week and has issued counter 7.
@Suite("The refresh rule")
struct SessionVerdictTests {
    struct Row: Sendable, CustomStringConvertible {
        var description: String
        var presented: Int64
        var issued: Int64 = 7
        var now: Int64
        var confirmedAt: Int64?
        var seenAt: Int64?
        var previousSeenAt: Int64?
        var endedAt: Int64?
        var grace: Duration = .seconds(10)
        let verdict: Session.RefreshVerdict
    }

    static let hour: Int64 = 3_600_000
    static let day = 24 * hour
    static let week = 7 * day

    static let rows: [Row] = [
        // The newest token.
        Row(description: "the newest, unconfirmed", presented: 7, now: 1, verdict: .rotate),
        Row(description: "the newest, confirmed", presented: 7, now: 1, confirmedAt: 0, verdict: .rotate),
        Row(description: "the newest, long confirmed", presented: 7, now: hour, confirmedAt: 0, verdict: .rotate),
        Row(description: "the very first", presented: 1, issued: 1, now: 1, verdict: .rotate),
        Row(description: "the last counter there is", presented: .max, issued: .max, now: 1, verdict: .rotate),
        // The one before, while nobody has shown the newest.
        Row(description: "the reply was lost just now", presented: 6, now: 1, verdict: .replay),
        Row(description: "the reply was lost an hour ago", presented: 6, now: hour, verdict: .replay),
        Row(description: "the reply was lost, last millisecond", presented: 6, now: day - 1, verdict: .replay),
        Row(
            description: "the reply was lost, no grace at all", presented: 6, now: hour, grace: .zero, verdict: .replay),
        // The one before, after the newest was seen.
        Row(description: "a second tab at once", presented: 6, now: 5_000, confirmedAt: 5_000, verdict: .replay),
        Row(
            description: "a second tab in the last millisecond", presented: 6, now: 14_999, confirmedAt: 5_000,
            verdict: .replay),
        Row(description: "one millisecond later", presented: 6, now: 15_000, confirmedAt: 5_000, verdict: .theft),
        Row(description: "an hour later", presented: 6, now: hour, confirmedAt: 5_000, verdict: .theft),
        Row(
            description: "no grace, at once", presented: 6, now: 5_000, confirmedAt: 5_000, grace: .zero,
            verdict: .theft),
        Row(
            description: "confirmed by a clock ahead of ours", presented: 6, now: 4_000, confirmedAt: 5_000,
            verdict: .replay),
        Row(
            description: "a grace beyond the end of time does not trap", presented: 6, now: 5_000, confirmedAt: 5_000,
            grace: .seconds(Int64.max), verdict: .replay),
        // This node's own memory; the earlier of the two counts.
        Row(description: "seen here, not yet written", presented: 6, now: 14_999, seenAt: 5_000, verdict: .replay),
        Row(description: "seen here, window over", presented: 6, now: 15_000, seenAt: 5_000, verdict: .theft),
        Row(
            description: "seen here before it was written: inside", presented: 6, now: 14_999, confirmedAt: 6_000,
            seenAt: 5_000, verdict: .replay),
        Row(
            description: "seen here before it was written: over", presented: 6, now: 15_000, confirmedAt: 6_000,
            seenAt: 5_000, verdict: .theft),
        Row(
            description: "written before it was seen here: inside", presented: 6, now: 14_999, confirmedAt: 5_000,
            seenAt: 6_000, verdict: .replay),
        Row(
            description: "written before it was seen here: over", presented: 6, now: 15_000, confirmedAt: 5_000,
            seenAt: 6_000, verdict: .theft),
        Row(description: "the newest, seen here", presented: 7, now: hour, seenAt: 0, verdict: .rotate),
        // The one before that: overtaken by two exchanges.
        Row(description: "overtaken just now", presented: 5, now: 5_000, previousSeenAt: 5_000, verdict: .replay),
        Row(
            description: "overtaken, last millisecond", presented: 5, now: 14_999, previousSeenAt: 5_000,
            verdict: .replay),
        Row(description: "overtaken, window over", presented: 5, now: 15_000, previousSeenAt: 5_000, verdict: .theft),
        Row(
            description: "overtaken, the newest confirmed", presented: 5, now: 14_999, confirmedAt: 6_000,
            previousSeenAt: 5_000, verdict: .replay),
        Row(
            description: "overtaken, what the newest did is another matter", presented: 5, now: 15_000,
            confirmedAt: 14_000, seenAt: 14_000, previousSeenAt: 5_000, verdict: .theft),
        Row(
            description: "overtaken, no grace", presented: 5, now: 5_000, previousSeenAt: 5_000, grace: .zero,
            verdict: .theft),
        Row(
            description: "overtaken, by a clock ahead of ours", presented: 5, now: 4_000, previousSeenAt: 5_000,
            verdict: .replay),
        Row(description: "two before, rotated by an older program", presented: 5, now: 1, verdict: .theft),
        Row(
            description: "two before, only the newest seen", presented: 5, now: 1, confirmedAt: 0, seenAt: 0,
            verdict: .theft),
        Row(
            description: "the one before, what is known of the token before", presented: 6, now: hour,
            previousSeenAt: 0, verdict: .replay),
        // Older than that.
        Row(description: "three before, at once", presented: 4, now: 1, previousSeenAt: 1, verdict: .theft),
        Row(
            description: "the last counters there are", presented: .max - 2, issued: .max, now: 1, previousSeenAt: 1,
            verdict: .replay),
        Row(description: "the first of seven", presented: 1, now: 1, verdict: .theft),
        Row(description: "the first against the last there is", presented: 1, issued: .max, now: 1, verdict: .theft),
        // From the future.
        Row(description: "one ahead", presented: 8, now: 1, verdict: .fastForward),
        Row(description: "one ahead, confirmed", presented: 8, now: hour, confirmedAt: 0, verdict: .fastForward),
        Row(description: "the last counter there is, ahead", presented: .max, now: 1, verdict: .fastForward),
        // Ended, or past an end: before anything else.
        Row(description: "ended, the newest", presented: 7, now: 1, endedAt: 0, verdict: .ended),
        Row(description: "ended, the one before", presented: 6, now: 1, endedAt: 0, verdict: .ended),
        Row(description: "ended, a spent one", presented: 1, now: 1, endedAt: 0, verdict: .ended),
        Row(description: "ended, from the future", presented: 8, now: 1, endedAt: 0, verdict: .ended),
        Row(description: "ended by a clock ahead of ours", presented: 7, now: 1, endedAt: 2, verdict: .ended),
        Row(description: "last millisecond before the idle end", presented: 7, now: day - 1, verdict: .rotate),
        Row(description: "the idle end", presented: 7, now: day, verdict: .ended),
        Row(description: "the idle end, a spent one", presented: 1, now: day, verdict: .ended),
        Row(description: "the idle end, from the future", presented: 8, now: day, verdict: .ended),
        Row(description: "the idle end, a lost reply", presented: 6, now: day, verdict: .ended),
    ]

    @Test(arguments: rows)
    func verdict(_ row: Row) throws {
        let session = Self.session(
            issued: try #require(Counter(row.issued)), confirmedAt: row.confirmedAt, endedAt: row.endedAt,
            previousSeenAt: row.previousSeenAt)
        let verdict = session.verdict(
            presented: try #require(Counter(row.presented)), now: Timestamp(milliseconds: row.now), grace: row.grace,
            seenAt: row.seenAt.map { Timestamp(milliseconds: $0) })
        #expect(verdict == row.verdict)
    }

    @Test func `use does not move the absolute end`() throws {
        let session = Self.session(issued: .first, lastActivityAt: Self.week - 1)
        func verdict(_ now: Int64) -> Session.RefreshVerdict {
            session.verdict(presented: .first, now: Timestamp(milliseconds: now), grace: .seconds(10))
        }
        #expect(verdict(Self.week - 1) == .rotate)
        #expect(verdict(Self.week) == .ended)
        #expect(verdict(Int64.max) == .ended)
    }

    @Test func `every verdict has a row`() {
        #expect(Set(Self.rows.map(\.verdict)) == Set(Session.RefreshVerdict.allCases))
    }

    static func session(
        issued: Counter, confirmedAt: Int64? = nil, endedAt: Int64? = nil, lastActivityAt: Int64 = 0,
        previousSeenAt: Int64? = nil
    ) -> Session {
        Session(
            id: ID(high: 1, low: 2), realm: .standard, user: ID(high: 3, low: 4), client: Session.nativeClient,
            issued: issued, confirmedAt: confirmedAt.map { Timestamp(milliseconds: $0) },
            createdAt: Timestamp(milliseconds: 0), lastActivityAt: Timestamp(milliseconds: lastActivityAt),
            idleLimit: .seconds(86_400), absoluteEnd: Timestamp(milliseconds: week),
            endedAt: endedAt.map { Timestamp(milliseconds: $0) }, amr: ["pwd"], authTime: Timestamp(milliseconds: 0),
            level: 1, previousSeenAt: previousSeenAt.map { Timestamp(milliseconds: $0) })
    }
}
