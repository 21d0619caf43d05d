/// What becomes of accounts that nobody uses.
public struct InactivityRule: Hashable, Sendable {
    /// How long after the last sign-in an account ends; `nil` for never.
    public let limit: Duration?
    /// How long before the end the person is warned, the longest first; each once.
    public let warnings: [Duration]

    public init(limit: Duration?, warnings: [Duration]) {
        self.limit = limit
        self.warnings = Array(Set(warnings.filter { $0 > .zero && $0 < limit ?? .zero })).sorted(by: >)
    }

    /// The warning that was sent last since the account was last used.
    public struct Warned: Hashable, Sendable {
        /// How long before the end it was sent.
        public let step: Duration
        public let at: Timestamp

        public init(step: Duration, at: Timestamp) {
            self.step = step
            self.at = at
        }
    }

    public enum Verdict: Hashable, Sendable {
        case nothing
        /// Whoever reads it has until `end`.
        case warn(step: Duration, end: Timestamp)
        case end
    }

    /// How long an account must have been unused for anything to happen to it.
    public var earliest: Duration? { limit.map { $0 - (warnings.first ?? .zero) } }

    /// Nobody loses an account without having been warned in time: where the rule is new, or warnings were late, the end
    /// waits for them.
    public func verdict(lastUse: Timestamp, warned: Warned?, now: Timestamp) -> Verdict {
        guard let limit else { return .nothing }
        let next = warnings.first { step in warned.map { step < $0.step } ?? true }
        guard let next else {
            guard lastUse + limit <= now, warned.map({ $0.at + $0.step <= now }) ?? true else { return .nothing }
            return .end
        }
        let due = warned.map { $0.at + ($0.step - next) } ?? lastUse + (limit - next)
        guard max(due, lastUse + (limit - next)) <= now else { return .nothing }
        return .warn(step: next, end: max(lastUse + limit, now + next))
    }
}
