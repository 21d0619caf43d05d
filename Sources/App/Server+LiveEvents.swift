internal import Concurrency
internal import Flows

extension Server {
    /// Commits of other nodes, and credentials that ended, are seen this often.
    private static let period = Duration.milliseconds(100)
    /// Between two looks, so that a busy server's commits share one.
    private static let pace = Duration.milliseconds(10)

    /// Brings what is committed to those who follow it, until its task is cancelled.
    static func followCommits(_ premises: Premises, on loop: EventLoop) async {
        while !Task.isCancelled {
            await premises.useCases.liveEvents.advance()
            try? await loop.sleep(for: pace)
            if !Task.isCancelled { await premises.news.wait() }
        }
    }

    /// Rings now and then, until its task is cancelled.
    static func ringPeriodically(_ wakeup: Wakeup, on loop: EventLoop) async {
        while (try? await loop.sleep(for: period)) != nil { wakeup.ring() }
    }
}
