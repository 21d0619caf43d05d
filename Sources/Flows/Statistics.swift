internal import Concurrency
internal import Domain

/// What the use cases remember and have counted since the start.
public struct FlowStatistics: Sendable {
    public let sessions: SessionCache
    /// Refused credentials and authorisations by the reason's word.
    public let refusals: [(reason: String, count: UInt64)]

    public struct SessionCache: Sendable {
        public let tokens: Int
        public let sessions: Int
        public let hits: UInt64
        public let misses: UInt64
        public let invalidations: UInt64
        /// Sessions whose use the database was not told yet.
        public let unsaved: Int
        /// Where other nodes may change the same data: whether the cache may be believed, and the time since the last
        /// completed look at their feed began; `nil` before the first one.
        public let lease: Lease?
    }

    public struct Lease: Sendable {
        public let isHeld: Bool
        public let feedAge: Duration?
    }
}

extension UseCases {
    public var statistics: FlowStatistics {
        FlowStatistics(sessions: maintenance.live.statistics, refusals: refusals.totals)
    }

    /// Whether every realm in use has a key that signs.
    public var canSign: Bool { realms.loaded.allSatisfy { signingKeys.jwks(of: $0) != nil } }
}

extension LiveSessions {
    var statistics: FlowStatistics.SessionCache {
        let now = lease.monotonic()
        let shown =
            lease.isShared
            ? FlowStatistics.Lease(
                isHeld: lease.isHeld, feedAge: lease.start.map { .milliseconds(max(0, now - $0)) })
            : nil
        return state.withLock { state in
            FlowStatistics.SessionCache(
                tokens: state.tokens.count, sessions: state.sessions.count, hits: state.hits, misses: state.misses,
                invalidations: state.changes.sequence, unsaved: state.dirty.count, lease: shown)
        }
    }
}
