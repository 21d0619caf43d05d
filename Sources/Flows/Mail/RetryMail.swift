public import Domain
public import Storage

/// Tries letters again that were given up, or that wait for their next try.
public struct RetryMail: Sendable {
    let store: any Store
    let desk: MailDesk

    /// False where there is no such letter, or it was sent or dropped.
    public func callAsFunction(_ id: ID<MailItem>) async throws(StoreFault) -> Bool {
        let isDue = try await store.transaction { (tx) throws(StoreFault) in try tx.retryMail(id) }
        if isDue { desk.announce() }
        return isDue
    }

    /// Every dead one; returns how many they were.
    public func allDead() async throws(StoreFault) -> Int64 {
        let slice = 500
        var count: Int64 = 0
        while true {
            let more = try await store.transaction { (tx) throws(StoreFault) in try tx.retryDeadMail(limit: slice) }
            count += more
            if more < slice { break }
        }
        if count > 0 { desk.announce() }
        return count
    }
}
