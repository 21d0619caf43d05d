extension FairQueue {
    /// How busy the queue is, and what became of everybody who asked since the start.
    public struct Statistics: Sendable {
        public let places: Int
        public let threads: Int
        public let waiting: Int
        public let running: Int
        public let served: UInt64
        /// Sent away at once, because all places, or those of the source, were taken.
        public let refusedFull: UInt64
        /// Waited longer than what makes sense to serve.
        public let refusedLate: UInt64
        /// Left before their turn.
        public let cancelled: UInt64
        /// From asking to the beginning of the work, in nanoseconds.
        public let waits: Distribution
        /// Of the work itself, in nanoseconds.
        public let work: Distribution
    }

    /// Where ``Tallies`` hold what became of somebody.
    enum Fate: Int, CaseIterable {
        case served, full, late, cancelled

        init(_ refusal: Refusal?) {
            switch refusal {
            case nil: self = .served
            case .full: self = .full
            case .tooLate: self = .late
            case .cancelled: self = .cancelled
            }
        }
    }

    public var statistics: Statistics {
        let (waiting, running) = occupation
        return Statistics(
            places: places, threads: pool.threadCount, waiting: waiting, running: running,
            served: fates.sum(at: Fate.served.rawValue), refusedFull: fates.sum(at: Fate.full.rawValue),
            refusedLate: fates.sum(at: Fate.late.rawValue), cancelled: fates.sum(at: Fate.cancelled.rawValue),
            waits: waits.distribution(), work: work.distribution())
    }
}
