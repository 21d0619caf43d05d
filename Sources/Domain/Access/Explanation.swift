/// What somebody is asked about.
public struct AccessQuestion: Hashable, Sendable {
    public enum Subject: Hashable, Sendable {
        case role(String)
        case permission(Permission.Pair)
        /// A permission by another name than its pair: only what was given as that one thing counts.
        case named(String)
    }

    public let subject: Subject
    /// The one thing that is meant; `nil` for all of them, and for a role.
    public let instance: String?

    public init(_ subject: Subject, on instance: String? = nil) {
        self.subject = subject
        self.instance = instance
    }
}

/// Why somebody may, or may not.
public struct AccessExplanation: Hashable, Sendable {
    public let isAllowed: Bool
    /// Every way by which it is held, shortest first; where it is refused, every way that leads there and is over, or leads
    /// to other instances only. None where nothing of the kind was ever given.
    public let ways: [Way]

    public init(isAllowed: Bool, ways: [Way]) {
        self.isAllowed = isAllowed
        self.ways = ways
    }

    public struct Way: Hashable, Sendable {
        /// From the holder to what decides; the last one gives the permission or is the role.
        public let steps: [Step]
        public let outcome: Outcome
    }

    /// One link of a way, in words.
    public enum Step: Hashable, Sendable {
        case memberOf(group: String, until: Timestamp?)
        /// Given to the holder, or to the group of the step before.
        case hasRole(String, until: Timestamp?)
        /// The role of the step before includes this one.
        case includes(role: String, until: Timestamp?)
        case given(permission: Permission.Pair, instance: String?, until: Timestamp?)
        /// Nothing had to be given: the administrators' role holds it by itself.
        case builtIn(AdminRight)
    }

    public enum Outcome: String, CaseIterable, Hashable, Sendable {
        case allows
        /// One of the steps is over.
        case expired
        /// It is held of something else.
        case otherInstance = "other_instance"
    }

    /// More ways are not told.
    public static let mostWays = 20
}

extension AccessGraph {
    /// Follows every link, also those that are over, shortest ways first. Each holder is entered once for what still holds
    /// and once for what is over, so that a web of groups does not grow without end.
    public func explain(_ question: AccessQuestion, at now: Timestamp) -> AccessExplanation {
        // What refuses must not crowd out what allows.
        var (allowing, refusing): ([AccessExplanation.Way], [AccessExplanation.Way]) = ([], [])
        var open: [(holder: Holder, steps: [AccessExplanation.Step], isOver: Bool, isRole: Bool)] = [
            (subject, [], false, false)
        ]
        var seen: [Holder: Set<Bool>] = [subject: [false]]
        var index = 0
        while index < open.count, allowing.count < AccessExplanation.mostWays {
            let (holder, steps, wasOver, isRole) = open[index]
            index += 1
            for link in links[holder] ?? [] {
                let isOver = wasOver || link.isOver(at: now)
                let path = steps + [Self.step(link, fromRole: isRole)]
                for way in Self.ways(link.held, question, path, isOver: isOver) {
                    if way.outcome == .allows {
                        allowing.append(way)
                    } else if refusing.count < AccessExplanation.mostWays {
                        refusing.append(way)
                    }
                }
                if let next = link.held.next, seen[next, default: []].insert(isOver).inserted {
                    if case .role = link.held {
                        open.append((next, path, isOver, true))
                    } else {
                        open.append((next, path, isOver, false))
                    }
                }
            }
        }
        return AccessExplanation(
            isAllowed: !allowing.isEmpty,
            ways: allowing.isEmpty ? refusing : Array(allowing.prefix(AccessExplanation.mostWays)))
    }

    private static func step(_ link: Link, fromRole: Bool) -> AccessExplanation.Step {
        switch link.held {
        case .group(_, let name): .memberOf(group: name, until: link.expiresAt)
        case .role(_, let name, _):
            fromRole ? .includes(role: name, until: link.expiresAt) : .hasRole(name, until: link.expiresAt)
        case .permission(_, let pair, let instance):
            .given(permission: pair, instance: instance, until: link.expiresAt)
        }
    }

    /// What one held thing says about the question.
    private static func ways(
        _ held: Held, _ question: AccessQuestion, _ path: [AccessExplanation.Step], isOver: Bool
    ) -> [AccessExplanation.Way] {
        func way(_ outcome: AccessExplanation.Outcome, _ further: [AccessExplanation.Step] = []) -> [AccessExplanation
            .Way]
        {
            [AccessExplanation.Way(steps: path + further, outcome: outcome)]
        }
        switch (held, question.subject) {
        case (.role(_, let name, _), .role(let wanted)):
            return name.utf8.elementsEqual(wanted.utf8) ? way(isOver ? .expired : .allows) : []
        case (.role(_, let name, _), .permission(let pair)):
            guard name.utf8.elementsEqual(Role.adminName.utf8), let right = AdminRight(rawValue: pair.description)
            else {
                return []
            }
            return way(isOver ? .expired : .allows, [.builtIn(right)])
        case (.permission(_, let pair, let instance), .permission(let wanted)):
            guard pair.covers(wanted) else { return [] }
            if isOver { return way(.expired) }
            guard let instance else { return way(.allows) }
            let isMeant = question.instance.map { $0.utf8.elementsEqual(instance.utf8) } ?? false
            return way(isMeant ? .allows : .otherInstance)
        case (.permission(let name, let pair, let instance), .named(let wanted)):
            guard instance == nil, name.utf8.elementsEqual(wanted.utf8), name != pair.description,
                !AdminRight.isResource(name)
            else { return [] }
            return way(isOver ? .expired : .allows)
        case (.group, _), (.permission, .role), (.role, .named): return []
        }
    }
}
