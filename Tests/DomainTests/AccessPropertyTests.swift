import Domain
import Testing

/// The evaluator against a reference that is as plain as can be, over random policies.
@Suite("Access, property by property") struct AccessPropertyTests {
    /// Fixed, so that a failure can be looked at.
    private struct Chance: RandomNumberGenerator {
        var state: UInt64

        mutating func next() -> UInt64 {
            state &+= 0x9E37_79B9_7F4A_7C15
            var mixed = state
            mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
            mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
            return mixed ^ (mixed >> 31)
        }

        mutating func below(_ limit: Int) -> Int { Int(next() % UInt64(limit)) }
        mutating func oneIn(_ count: Int) -> Bool { below(count) == 0 }
    }

    private static let now = Timestamp(milliseconds: 1_000)
    private static let resources = ["mail", "disk", "aldrava.users", "aldrava.none"]
    private static let actions = ["read", "write", "suspend"]
    private static let instances = ["mail/1", "mail/2", "disk/1"]

    /// One policy: who is asked about, and every link there is.
    private struct Policy {
        let subject: AccessGraph.Holder
        let links: [AccessGraph.Link]

        init(seed: UInt64) {
            var chance = Chance(state: seed)
            subject = AccessGraph.Holder(high: 1, low: 0)
            let groups = (0..<chance.below(5)).map { number in
                AccessGraph.Held.group(AccessGraph.Holder(high: 2, low: UInt64(number)), name: "group-\(number)")
            }
            let roles = (0..<(1 + chance.below(6))).map { number in
                AccessGraph.Held.role(
                    AccessGraph.Holder(high: 3, low: UInt64(number)), name: number == 0 ? "admin" : "role-\(number)",
                    rank: Int64(chance.below(4) * 100))
            }
            func holder(_ held: AccessGraph.Held) -> AccessGraph.Holder? {
                switch held {
                case .group(let holder, _), .role(let holder, _, _): holder
                case .permission: nil
                }
            }
            let holders = [subject] + groups.compactMap(holder) + roles.compactMap(holder)
            var links: [AccessGraph.Link] = []
            for _ in 0..<(2 + chance.below(24)) {
                let from = holders[chance.below(holders.count)]
                // Cycles are refused when they are written; the evaluator must end where there is one all the same.
                let held: AccessGraph.Held
                switch chance.below(6) {
                case 0 where !groups.isEmpty: held = groups[chance.below(groups.count)]
                case 1 where chance.oneIn(6): held = roles[0]
                case 1, 2: held = roles[chance.below(roles.count - 1 > 0 ? roles.count : 1)]
                default: held = Self.permission(&chance)
                }
                var end: Timestamp?
                if chance.oneIn(3) { end = Timestamp(milliseconds: Int64(997 + chance.below(7))) }
                links.append(AccessGraph.Link(from, holds: held, until: end))
            }
            self.links = links
        }

        private static func permission(_ chance: inout Chance) -> AccessGraph.Held {
            let resource = chance.oneIn(5) ? "*" : AccessPropertyTests.resources[chance.below(4)]
            let action = chance.oneIn(5) ? "*" : AccessPropertyTests.actions[chance.below(3)]
            let pair = Permission.Pair(granting: resource, action: action)!
            let names = [pair.description, pair.description, "name-\(chance.below(3))", "aldrava.users:read"]
            let instance = chance.oneIn(3) ? AccessPropertyTests.instances[chance.below(3)] : nil
            return .permission(name: names[chance.below(4)], pair, instance: instance)
        }

        /// Whatever can be reached by links that hold at that time: again and again over all of them.
        func reached(at time: Timestamp) -> [AccessGraph.Link] {
            var holders: Set<AccessGraph.Holder> = [subject]
            var reached: [AccessGraph.Link] = []
            while true {
                reached = links.filter { link in
                    holders.contains(link.holder) && (link.expiresAt.map { $0 > time } ?? true)
                }
                let before = holders.count
                for link in reached {
                    switch link.held {
                    case .group(let next, _), .role(let next, _, _): holders.insert(next)
                    case .permission: break
                    }
                }
                if holders.count == before { return reached }
            }
        }
    }

    private static func holdsRole(_ name: String, _ reached: [AccessGraph.Link]) -> Bool {
        reached.contains { if case .role(_, name, _) = $0.held { true } else { false } }
    }

    private static func holds(_ text: String, on instance: String?, _ reached: [AccessGraph.Link]) -> Bool {
        let parts = text.split(separator: ":").map(String.init)
        for link in reached {
            guard case .permission(let name, let pair, let limit) = link.held else { continue }
            // By its own name, for which administration's are no names.
            if limit == nil, name == text, name != pair.description, !name.hasPrefix("aldrava.") { return true }
            // A pattern is given and never asked for.
            guard parts.count == 2, !parts.contains("*"), limit == nil || limit == instance else { continue }
            let isAction = pair.action == "*" || pair.action == parts[1]
            let isResource = pair.resource == parts[0] || (pair.resource == "*" && !parts[0].hasPrefix("aldrava."))
            if isAction && isResource { return true }
        }
        return holdsRole("admin", reached) && AdminRight.allCases.contains { $0.rawValue == text }
    }

    @Test(arguments: 0..<8)
    func `whatever is asked of whatever policy, three ways of answering agree`(_ part: Int) {
        let texts =
            Self.resources.flatMap { resource in Self.actions.map { "\(resource):\($0)" } }
            + ["name-0", "name-1", "name-2", "mail:*", "*:*", "other:read", "mail", "", "a:b:c"]
        let instances: [String?] = [nil, "mail/1", "mail/2", "disk/1", "mail/3"]
        var (allowed, refused) = (0, 0)
        for seed in 0..<500 {
            let policy = Policy(seed: UInt64(part * 500 + seed))
            let graph = AccessGraph(of: policy.subject, policy.links)
            let grants = graph.grants(at: Self.now)
            let reached = policy.reached(at: Self.now)
            for number in 0..<6 {
                let name = number == 0 ? "admin" : "role-\(number)"
                let expected = Self.holdsRole(name, reached)
                let explained = graph.explain(AccessQuestion(.role(name)), at: Self.now)
                #expect(grants.hasRole(name) == expected && explained.isAllowed == expected, "\(policy.links) \(name)")
            }
            for text in texts {
                for instance in instances {
                    let expected = Self.holds(text, on: instance, reached)
                    let answer = grants.hasPermission(text, on: instance)
                    var explained = graph.explain(AccessQuestion(.named(text)), at: Self.now).isAllowed
                    if let pair = Permission.Pair(text) {
                        let byPair = graph.explain(AccessQuestion(.permission(pair), on: instance), at: Self.now)
                        explained = explained || byPair.isAllowed
                    }
                    if expected { allowed += 1 } else { refused += 1 }
                    if answer != expected || explained != expected {
                        Issue.record(
                            "seed \(part * 500 + seed): \(text) on \(instance ?? "all"): \(answer) \(explained)")
                    }
                }
            }
        }
        #expect(allowed > 1_000 && refused > 1_000)
    }

    @Test func `nothing changes before what is held says it is stale, and it does say so`() {
        var hasEnded = 0
        for seed in 0..<1_000 {
            let policy = Policy(seed: UInt64(10_000 + seed))
            let graph = AccessGraph(of: policy.subject, policy.links)
            let grants = graph.grants(at: Self.now)
            let ends = policy.reached(at: Self.now).compactMap(\.expiresAt)
            #expect(grants.staleAt == ends.min())
            guard let end = grants.staleAt else { continue }
            #expect(grants.isSpelled(as: graph.grants(at: Timestamp(milliseconds: end.milliseconds - 1))))
            #expect(!grants.isStale(at: Timestamp(milliseconds: end.milliseconds - 1)) && grants.isStale(at: end))
            hasEnded += 1
        }
        #expect(hasEnded > 100)
    }

    @Test func `what refuses does not crowd out what allows`() throws {
        let subject = AccessGraph.Holder(high: 1, low: 0)
        let pair = try #require(Permission.Pair("mail:read"))
        var links = (0..<100).map { number in
            AccessGraph.Link(
                subject, holds: .permission(name: "mail:read", pair, instance: "mail/\(number)"))
        }
        let group = AccessGraph.Holder(high: 2, low: 0)
        links.append(AccessGraph.Link(subject, holds: .group(group, name: "staff")))
        links.append(AccessGraph.Link(group, holds: .permission(name: "mail:read", pair, instance: nil)))
        let graph = AccessGraph(of: subject, links)
        let answer = graph.explain(AccessQuestion(.permission(pair)), at: Self.now)
        #expect(answer.isAllowed && answer.ways.count == 1)
        #expect(answer.ways.first?.steps.count == 2)
        let other = graph.explain(AccessQuestion(.permission(pair), on: "mail/7"), at: Self.now)
        #expect(other.isAllowed && other.ways.count == 2)
    }

    @Test func `no name of a team's permission answers for administration`() throws {
        let pair = try #require(Permission.Pair("mail:read"))
        let grants = Grants(roles: [], permissions: [(name: "aldrava.users:delete", pair: pair)])
        #expect(!grants.hasPermission("aldrava.users:delete") && !grants.has(.usersDelete))
        #expect(grants.hasPermission("mail:read"))
    }
}
