import Domain
import Testing

/// The real rule in every run that the circumstances allow. `docs/REFRESH.md` says what is promised, in words.
@Suite("The refresh model") struct RefreshModelTests {
    typealias Setting = (name: String, circumstances: Circumstances, states: Int)

    /// The owner without a thief: never signed out, and the database never more than one token ahead.
    static let alone: [Setting] = [
        (
            "tabs",
            circumstances {
                $0.requests = 3
                $0.replies = 2
            }, 3_968
        ),
        (
            "tabs, a server side that cannot keep what it receives, nodes that die with what they saw",
            circumstances {
                $0.nodes = 2
                $0.replies = 2
                $0.serverSide = .exchanging
            }, 81_259
        ),
        (
            "a finer clock",
            circumstances {
                $0.grace = 3
                $0.lateness = 2
                $0.requests = 3
                $0.replies = 2
            }, 12_106
        ),
        (
            "a database restored from an older copy",
            circumstances {
                $0.nodes = 1
                $0.restoresUpTo = 5
            }, 80_801
        ),
    ]

    /// With a thief: whoever presents a token that the other went beyond a grace ago, or longer, ends the session.
    static let robbed: [Setting] = [
        ("a thief", circumstances { $0.hasThief = true }, 41_837),
        (
            "a thief, a node that dies with what it saw",
            circumstances {
                $0.hasThief = true
                $0.nodes = 1
            }, 93_825
        ),
        (
            "a thief, two nodes that die with what they saw",
            circumstances {
                $0.hasThief = true
                $0.nodes = 2
                $0.requests = 1
            }, 69_375
        ),
    ]

    @Test(arguments: alone.indices)
    func `a client that keeps the newest token it received is never signed out`(_ index: Int) {
        Self.expectNoViolation(Self.alone[index])
    }

    @Test(arguments: robbed.indices)
    func `a thief outside the window is found at the next use by either`(_ index: Int) {
        Self.expectNoViolation(Self.robbed[index])
    }

    @Test func `a thief inside the window cannot be told from a second tab`() throws {
        let exploration = Exploration(Self.circumstances { $0.hasThief = true })
        let run = try #require(exploration.run { $0.isThiefInside })
        #expect(
            run == [
                "a tab sends the token that is kept", "node 0 decides a request", "the token that is kept is stolen",
                "a reply arrives", "the owner uses the access token on node 0",
                "the thief exchanges its token on node 0",
            ])
        // Both hold the newest token and nothing has ended: what they do next decides.
        #expect(exploration.run { $0.isThiefInside && $0.thief == $0.row.issued && $0.kept == $0.row.issued } != nil)
        // The owner's next use of an older token ends it for both.
        #expect(exploration.run { $0.isThiefInside && $0.isEnded } != nil)
    }

    /// An exchange whose fruit nobody uses looks like a lost reply.
    @Test func `a thief who uses nothing is found when somebody has used something`() throws {
        let family = Family(Self.circumstances { $0.hasThief = true }, rules: RefreshRules())
        let later: [Move] = [.tick, .tick]
        let ownerExchanges: [Move] = [.send, .decide(0, node: 0, isAnswerLost: false), .deliver(0)]
        let thiefExchanges: [Move] = [.thiefExchanges(node: 0)]
        let both = try #require(family.run([.steal] + thiefExchanges + later + ownerExchanges, from: family.start))
        #expect(!both.isEnded && both.thief == both.row.issued && both.kept == both.row.issued)
        // Whoever exchanges next, and uses what came of it, leaves the other one behind.
        let ownerFirst = try #require(
            family.run(ownerExchanges + [.use(node: 0)] + later + thiefExchanges, from: both))
        let thiefFirst = try #require(
            family.run(thiefExchanges + [.thiefUses(node: 0)] + later + ownerExchanges.dropLast(), from: both))
        #expect(ownerFirst.isEnded && thiefFirst.isEnded)
    }

    // What is not promised: outside of the circumstances, the model finds the run in which it goes wrong.

    struct Limit {
        let name: String
        let violation: Violation
        let circumstances: Circumstances
        let run: [String]
    }

    static let limits = [
        Limit(
            name: "a request that is decided as late as the grace", violation: .ownerSignedOut,
            circumstances: circumstances { $0.lateness = 2 },
            run: [
                "a tab sends the token that is kept", "a tab sends the token that is kept",
                "node 0 decides a request", "a reply arrives", "the owner uses the access token on node 0",
                "time passes", "time passes", "node 0 decides a request, its reply is lost",
            ]),
        Limit(
            name: "a request that three exchanges overtake", violation: .ownerSignedOut,
            circumstances: circumstances { $0.overtakings = nil },
            run: [
                "a tab sends the token that is kept", "a tab sends the token that is kept",
                "node 0 decides a request", "a reply arrives", "a tab sends the token that is kept",
                "node 0 decides a request", "a reply arrives", "a tab sends the token that is kept",
                "node 0 decides a request, its reply is lost", "node 0 decides a request, its reply is lost",
            ]),
        Limit(
            name: "a server side that uses what it cannot keep", violation: .ownerSignedOut,
            circumstances: circumstances { $0.serverSide = .exchangingAndUsing },
            run: [
                "the server side sends the token that is kept", "node 0 decides a request", "a reply arrives",
                "time passes", "time passes", "a tab sends the token that is kept",
                "node 0 decides a request, its reply is lost",
            ]),
        Limit(
            name: "a client that keeps the reply that came last", violation: .ownerSignedOut,
            circumstances: circumstances {
                $0.keeping = .lastToArrive
                $0.requests = 3
                $0.replies = 2
            },
            run: [
                "a tab sends the token that is kept", "a tab sends the token that is kept",
                "node 0 decides a request", "node 0 decides a request", "a reply arrives",
                "a tab sends the token that is kept", "node 0 decides a request", "a reply arrives",
                "the owner uses the access token on node 0", "time passes", "time passes", "a reply arrives",
                "a tab sends the token that is kept", "node 0 decides a request, its reply is lost",
            ]),
        // The copy does not know what the thief did; the owner's next token shows only that it is an old one.
        Limit(
            name: "a database restored from before the thief came", violation: .thiefNotFound,
            circumstances: circumstances {
                $0.hasThief = true
                $0.restoresUpTo = 4
                $0.requests = 1
            },
            run: [
                "the database is copied", "the token that is kept is stolen",
                "the thief exchanges its token on node 0", "the thief exchanges its token on node 0", "time passes",
                "time passes", "a tab sends the token that is kept", "the database is restored from the copy",
                "node 0 decides a request, its reply is lost",
            ]),
    ]

    @Test(arguments: limits.indices)
    func `outside of the circumstances the model finds what goes wrong`(_ index: Int) throws {
        let limit = Self.limits[index]
        let found = try #require(Exploration(limit.circumstances).violation, "\(limit.name)")
        #expect(found.0 == limit.violation && found.trace == limit.run, "\(limit.name): \(found)")
    }

    // The model can find faults: each broken rule breaks the promise that it should.

    @Test(arguments: BrokenRule.all.indices)
    func `a broken rule is found`(_ index: Int) throws {
        let broken = BrokenRule.all[index]
        let found = try #require(Exploration(broken.circumstances, rules: broken.rules).violation, "\(broken.name)")
        #expect(found.0 == broken.violation, "\(broken.name): \(found.trace)")
        #expect(Exploration(broken.circumstances).violation == nil)
    }

    static func circumstances(_ change: (inout Circumstances) -> Void) -> Circumstances {
        var circumstances = Circumstances()
        change(&circumstances)
        return circumstances
    }

    private static func expectNoViolation(_ setting: Setting) {
        let exploration = Exploration(setting.circumstances)
        if let (violation, trace) = exploration.violation {
            Issue.record("\(setting.name): \(violation) after\n\(trace.joined(separator: "\n"))")
            return
        }
        // A model that lost half of its moves would hold, too.
        #expect(exploration.states.count == setting.states, "\(setting.name)")
    }
}
