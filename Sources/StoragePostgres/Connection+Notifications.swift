internal import CPostgres

/// What only a connection that listens needs.
extension Connection {
    var descriptor: Int32 { unsafe pq_socket(handle) }

    /// Whether a pooler stands between: it shows clients processes that are not the server's. A LISTEN would then be
    /// given to a connection of the pooler's, and its notifications to nobody, or to somebody else.
    func isPooled(until deadline: ContinuousClock.Instant) throws(Failure) -> Bool {
        let told = Int64(unsafe pq_backendPID(handle))
        let replies = try exchange([Statement(text: "SELECT pg_backend_pid()::bigint", values: [])], until: deadline)
        return (try? replies.first?.rows.first { _ in true }?.integer(0)) != told
    }

    /// Reads what has arrived, without waiting.
    func receive() throws(Failure) {
        guard unsafe pq_consumeInput(handle) == 1 else { throw broken() }
    }

    /// How many notifications have arrived since the last call.
    func takeNotifications() -> Int {
        var count = 0
        while let notification = unsafe pq_notifies(handle) {
            unsafe pq_freemem(notification)
            count += 1
        }
        return count
    }
}
