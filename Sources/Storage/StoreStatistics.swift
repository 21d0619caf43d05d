public import Concurrency

/// How busy a database is, as its driver sees it.
public struct StoreStatistics: Sendable {
    public var connections: Int
    public var connectionsInUse: Int
    public var connectionLimit: Int
    /// Transactions and reads that wait for a connection, or for the next commit.
    public var waiting: Int
    /// Where transactions share commits.
    public var commits: Commits?

    public struct Commits: Sendable {
        /// From COMMIT to its return, in nanoseconds: the wait for the disk.
        public let latency: Distribution
        /// How many transactions shared one.
        public let members: Distribution
        /// Of commits that were lost, whatever became of their transactions afterwards.
        public let failures: UInt64

        public init(latency: Distribution, members: Distribution, failures: UInt64) {
            self.latency = latency
            self.members = members
            self.failures = failures
        }
    }

    public init(
        connections: Int = 0, connectionsInUse: Int = 0, connectionLimit: Int = 0, waiting: Int = 0,
        commits: Commits? = nil
    ) {
        self.connections = connections
        self.connectionsInUse = connectionsInUse
        self.connectionLimit = connectionLimit
        self.waiting = waiting
        self.commits = commits
    }
}
