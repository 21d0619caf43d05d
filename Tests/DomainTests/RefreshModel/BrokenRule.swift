import Domain

/// A rule that is wrong in one way, and the promise that it breaks.
struct BrokenRule {
    let name: String
    let violation: Violation
    let circumstances: Circumstances
    let rules: RefreshRules

    static let all: [BrokenRule] = ofVerdicts + ofRows

    private static let ofVerdicts = [
        BrokenRule("no grace", .ownerSignedOut) { session, presented, now, _, seenAt in
            session.verdict(presented: presented, now: now, grace: .zero, seenAt: seenAt)
        },
        BrokenRule("a grace that is too short", .ownerSignedOut) { session, presented, now, grace, seenAt in
            session.verdict(presented: presented, now: now, grace: grace - .seconds(1), seenAt: seenAt)
        },
        BrokenRule("a lost reply is not answered again", .ownerSignedOut) { session, presented, now, grace, seenAt in
            presented.isPredecessor(of: session.issued)
                ? .theft : session.verdict(presented: presented, now: now, grace: grace, seenAt: seenAt)
        },
        BrokenRule("overtaken by two, at once a thief", .ownerSignedOut) { session, presented, now, grace, seenAt in
            presented.next.isPredecessor(of: session.issued)
                ? .theft : session.verdict(presented: presented, now: now, grace: grace, seenAt: seenAt)
        },
        BrokenRule("ahead of the database, a thief", .ownerSignedOut, restored) {
            session, presented, now, grace, seenAt in
            presented > session.issued
                ? .theft : session.verdict(presented: presented, now: now, grace: grace, seenAt: seenAt)
        },
        BrokenRule("the one before, for ever", .thiefNotFound) { session, presented, now, grace, seenAt in
            presented.isPredecessor(of: session.issued)
                ? .replay : session.verdict(presented: presented, now: now, grace: grace, seenAt: seenAt)
        },
        BrokenRule("the one before that, for ever", .thiefNotFound) { session, presented, now, grace, seenAt in
            presented.next.isPredecessor(of: session.issued)
                ? .replay : session.verdict(presented: presented, now: now, grace: grace, seenAt: seenAt)
        },
        BrokenRule("the boundary of the grace", .thiefNotFound) { session, presented, now, grace, seenAt in
            session.verdict(presented: presented, now: now, grace: grace + .milliseconds(1), seenAt: seenAt)
        },
        // Tempting, because it would cover a request that any number of exchanges overtook; but a thief who exchanges often
        // enough is then never found.
        BrokenRule("any, while the session rotates", .thiefNotFound) { session, presented, now, grace, seenAt in
            if presented < session.issued, let previous = session.previousSeenAt, now < previous + grace {
                return .replay
            }
            return session.verdict(presented: presented, now: now, grace: grace, seenAt: seenAt)
        },
        BrokenRule("a node forgets what it saw", .thiefNotFound, remembering) { session, presented, now, grace, _ in
            session.verdict(presented: presented, now: now, grace: grace)
        },
    ]

    private static let ofRows = [
        BrokenRule("the use of an access token shows nothing", .thiefNotFound) { $0.isUseSeen = false },
        BrokenRule("a rotation keeps the confirmation of the token before", .ownerSignedOut) {
            $0.advance = { row in
                row.issued += 1
                row.previous = row.confirmed == FamilyState.never ? 0 : row.confirmed
            }
        },
        BrokenRule("a rotation forgets when the token before was seen", .thiefNotFound) {
            $0.advance = { row in row = FamilyState.Row(issued: row.issued + 1, previous: 0) }
        },
        BrokenRule("a rotation is no sight of the token before", .ownerSignedOut) {
            $0.advance = { row in row = FamilyState.Row(issued: row.issued + 1, previous: row.confirmed) }
        },
        BrokenRule("a rotation leaves what is known of the one before", .ownerSignedOut) {
            $0.advance = { row in row = FamilyState.Row(issued: row.issued + 1, previous: row.previous) }
        },
    ]

    private static let restored = RefreshModelTests.circumstances { $0.restoresUpTo = 4 }
    private static let remembering = RefreshModelTests.circumstances {
        $0.hasThief = true
        $0.nodes = 1
        $0.requests = 1
    }

    private init(
        _ name: String, _ violation: Violation, _ circumstances: Circumstances? = nil,
        verdict: @escaping @Sendable (Session, Counter, Timestamp, Duration, Timestamp?) -> Session.RefreshVerdict
    ) {
        self.init(name, violation, circumstances) { $0.verdict = verdict }
    }

    private init(
        _ name: String, _ violation: Violation, _ circumstances: Circumstances? = nil,
        change: (inout RefreshRules) -> Void
    ) {
        self.name = name
        self.violation = violation
        self.circumstances =
            circumstances
            ?? RefreshModelTests.circumstances {
                $0.hasThief = violation == .thiefNotFound
                $0.requests = violation == .thiefNotFound ? 1 : 2
            }
        var rules = RefreshRules()
        change(&rules)
        self.rules = rules
    }
}
