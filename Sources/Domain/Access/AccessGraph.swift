/// Everything by which one person or program comes to hold something: memberships, roles, what roles include, grants.
///
/// The database gives the links that can be followed from the holder, and nothing else decides: ``grants(at:)`` says what is
/// held, ``explain(_:at:)`` says why.
public struct AccessGraph: Sendable {
    /// Whoever holds something. Ids are never used twice, whatever they name.
    public struct Holder: Hashable, Sendable {
        public let high: UInt64
        public let low: UInt64

        public init(high: UInt64, low: UInt64) {
            self.high = high
            self.low = low
        }

        public init<Named>(_ id: ID<Named>) {
            (high, low) = (id.high, id.low)
        }
    }

    /// What is held by one link.
    public enum Held: Hashable, Sendable {
        /// Membership: whoever is a member holds what the group holds.
        case group(Holder, name: String)
        /// Whoever holds a role holds what it gives; for a role, this is one that it includes.
        case role(Holder, name: String, rank: Int64)
        /// `nil` for every instance.
        case permission(name: String, Permission.Pair, instance: String?)

        /// Where further links begin.
        var next: Holder? {
            switch self {
            case .group(let holder, _), .role(let holder, _, _): holder
            case .permission: nil
            }
        }
    }

    public struct Link: Hashable, Sendable {
        public let holder: Holder
        public let held: Held
        /// From then on the link is as if it were not there.
        public let expiresAt: Timestamp?

        public init(_ holder: Holder, holds held: Held, until expiresAt: Timestamp? = nil) {
            self.holder = holder
            self.held = held
            self.expiresAt = expiresAt
        }

        func isOver(at now: Timestamp) -> Bool { expiresAt.map { $0 <= now } ?? false }
    }

    public let subject: Holder
    let links: [Holder: [Link]]

    public init(of subject: Holder, _ links: [Link]) {
        self.subject = subject
        self.links = Dictionary(grouping: links, by: \.holder)
    }

    /// The same as seen by somebody who comes to hold the subject.
    public func held(as held: Held) -> AccessGraph {
        let newcomer = Holder(high: 0, low: 0)
        return AccessGraph(of: newcomer, links.values.flatMap(\.self) + [Link(newcomer, holds: held)])
    }

    /// Whether any links lead there, over or not.
    public func leads(to holder: Holder) -> Bool {
        links.values.contains { $0.contains { $0.held.next == holder } }
    }

    /// The same with more links.
    public func with(_ further: [Link]) -> AccessGraph {
        AccessGraph(of: subject, links.values.flatMap(\.self) + further)
    }

    /// What is held at `now`. What cannot be reached by links that are not over is not held.
    public func grants(at now: Timestamp) -> Grants {
        var roles: [String] = []
        var groups: [String] = []
        var permissions: [(name: String, pair: Permission.Pair)] = []
        var scoped: [Grants.Scoped] = []
        var rank: Int64 = 0
        var staleAt: Timestamp?
        var seen: Set<Holder> = [subject]
        var open = [subject]
        while let holder = open.popLast() {
            for link in links[holder] ?? [] where !link.isOver(at: now) {
                if let end = link.expiresAt { staleAt = min(staleAt ?? end, end) }
                switch link.held {
                case .group(_, let name): groups.append(name)
                case .role(_, let name, let own):
                    roles.append(name)
                    rank = max(rank, own)
                case .permission(let name, let pair, nil): permissions.append((name, pair))
                case .permission(_, let pair, let instance?):
                    scoped.append(Grants.Scoped(pair: pair, instance: instance))
                }
                if let next = link.held.next, seen.insert(next).inserted { open.append(next) }
            }
        }
        return Grants(
            roles: roles, permissions: permissions, groups: groups, scoped: scoped, rank: rank, staleAt: staleAt)
    }
}
