internal import Domain
internal import Storage

/// Removes grants that have been over for so long that nobody asks any more why something stopped.
struct ForgetExpiredGrants: Sendable {
    let store: any Store

    static let kept = Duration.seconds(30 * 86_400)
    /// A transaction holds SQLite's only writer.
    private static let slice = 500

    func callAsFunction() async throws(StoreFault) {
        while true {
            let count = try await store.transaction { (tx) throws(StoreFault) in
                try tx.removeExpiredGrants(before: tx.now - Self.kept, limit: Self.slice)
            }
            if count < Int64(Self.slice) { return }
        }
    }
}
