import Domain

/// The verdicts of a rule for each situation that it can tell apart, each asked of the rule once.
final class Verdicts {
    private let rules: RefreshRules
    private let grace: FamilyState.Age
    private var known: [Session.RefreshVerdict?] = Array(repeating: nil, count: 1 << 13)

    init(rules: RefreshRules, grace: FamilyState.Age) {
        self.rules = rules
        self.grace = grace
    }

    func of(_ token: FamilyState.Token, row: FamilyState.Row, seen: FamilyState.Age) -> Session.RefreshVerdict {
        let distance = max(-4, min(3, token - row.issued))
        let place = Int(distance + 4) << 9 | Int(row.confirmed + 1) << 6 | Int(row.previous + 1) << 3 | Int(seen + 1)
        if let verdict = known[place] { return verdict }
        let verdict = ask(distance, row, seen)
        known[place] = verdict
        return verdict
    }

    private func ask(
        _ distance: FamilyState.Token, _ row: FamilyState.Row, _ seen: FamilyState.Age
    ) -> Session.RefreshVerdict {
        let now = Timestamp(milliseconds: 1_000_000)
        func time(_ age: FamilyState.Age) -> Timestamp? {
            age == FamilyState.never ? nil : now + .seconds(-Int64(age))
        }
        let session = Session(
            id: ID(high: 1, low: 2), realm: .standard, user: ID(high: 3, low: 4), client: Session.nativeClient,
            issued: Counter(100)!, confirmedAt: time(row.confirmed), createdAt: now, lastActivityAt: now,
            idleLimit: .seconds(3_600), absoluteEnd: now + .seconds(3_600), endedAt: nil, amr: ["pwd"], authTime: now,
            level: 1, previousSeenAt: time(row.previous))
        return rules.verdict(session, Counter(100 + Int64(distance))!, now, .seconds(Int64(grace)), time(seen))
    }
}

/// Every state that can be reached, the nearest first.
struct Exploration {
    private(set) var states: [FamilyState] = []
    private(set) var transitions = 0
    private(set) var violation: (Violation, trace: [String])?
    private var origins: [(state: Int, move: Move)?] = []

    /// Stops at the first violation: no run that leads to one is shorter.
    init(_ circumstances: Circumstances, rules: RefreshRules = RefreshRules()) {
        let family = Family(circumstances, rules: rules)
        var known: Set<FamilyState.Key> = [family.start.key]
        states.append(family.start)
        origins.append(nil)
        var index = 0
        while index < states.count {
            let state = states[index]
            for move in family.moves(in: state) {
                switch family.make(move, in: state) {
                case .impossible: continue
                case .violation(let found):
                    violation = (found, trace(to: index) + ["\(move)"])
                    return
                case .state(let next):
                    transitions += 1
                    guard known.insert(next.key).inserted else { continue }
                    states.append(next)
                    origins.append((index, move))
                }
            }
            index += 1
        }
    }

    /// The shortest run to a state as asked for; `nil` where there is none.
    func run(to isWanted: (FamilyState) -> Bool) -> [String]? {
        states.firstIndex(where: isWanted).map { trace(to: $0) }
    }

    private func trace(to index: Int) -> [String] {
        var moves: [String] = []
        var index = index
        while let origin = origins[index] {
            moves.append("\(origin.move)")
            index = origin.state
        }
        return moves.reversed()
    }
}
