public import Domain

/// The outside world, as values. Production fills this in once, in `App`.
public final class Capabilities: Sendable {
    /// This node's wall clock. Rules that two nodes must agree on use the database's clock instead.
    public let now: @Sendable () -> Timestamp
    /// Milliseconds of a clock that never steps back; only differences mean anything.
    public let monotonic: @Sendable () -> Int64
    /// Cryptographically secure bytes.
    public let random: @Sendable (_ count: Int) -> [UInt8]
    /// Waits without holding a thread; throws as soon as the task is cancelled.
    public let pause: @Sendable (Duration) async throws(CancellationError) -> Void
    /// Where technical trouble is told to operators. Must not be given secrets.
    public let report: @Sendable (SystemEvent) -> Void

    public init(
        now: @escaping @Sendable () -> Timestamp, monotonic: @escaping @Sendable () -> Int64,
        random: @escaping @Sendable (Int) -> [UInt8],
        pause: @escaping @Sendable (Duration) async throws(CancellationError) -> Void,
        report: @escaping @Sendable (SystemEvent) -> Void
    ) {
        self.now = now
        self.monotonic = monotonic
        self.random = random
        self.pause = pause
        self.report = report
    }

    func id<Entity>(_: Entity.Type = Entity.self) -> ID<Entity> { ID(at: now(), random: random(10)) }
}

/// A technical event: one line of `logline.system.jsonl`, never of the audit.
public struct SystemEvent: Sendable {
    /// In the order of gravity.
    public enum Severity: String, Sendable, CaseIterable, Comparable {
        case debug, info, warning, error

        private var rank: Int {
            switch self {
            case .debug: 0
            case .info: 1
            case .warning: 2
            case .error: 3
            }
        }

        public static func < (left: Self, right: Self) -> Bool { left.rank < right.rank }
    }

    public let severity: Severity
    /// What happened, such as `start`, `stop`, `database_unavailable`.
    public let did: String
    /// For people; holds no secret and nothing personal.
    public let detail: String
    /// The id and the trace of the request it happened in, if it did.
    public let request: String?
    public let trace: String?

    public init(
        _ severity: Severity, _ did: String, _ detail: String, request: String? = nil, trace: String? = nil
    ) {
        self.severity = severity
        self.did = did
        self.detail = detail
        self.request = request
        self.trace = trace
    }
}
