internal import Concurrency
internal import Domain
internal import Flows
internal import Glibc
internal import Storage
internal import Synchronization

/// Whether requests should be sent to this server, looked at now and then and when somebody asks.
///
/// One look costs one small read of the database and is believed for a second, so that asking often costs nothing. A
/// database that does not answer within ``patience`` counts as failed, and is not asked a second time before it did.
///
/// The audit file is no check: it is a view that is completed later, and every node would fail at once where it
/// matters. How late it is stands in the metrics.
final class ReadyWatch: Sendable {
    /// What is looked at; the names are public contract.
    enum Check: String, CaseIterable, Sendable {
        case database, migrations, signingKey = "signing_key", clock, disk, stopping
    }

    struct Look: Sendable {
        let failed: [Check]
        /// How far the database's clock is ahead of this machine's, where others share it.
        let clockOffset: Duration?
        let at: MonotonicTime
    }

    private struct State: Sendable {
        var last: Look?
        var isLooking = false
        /// What the database was brought to at the start: one that is behind it was replaced under the server's feet.
        var schema: Int64?
    }

    private static let patience = Duration.seconds(1)
    private static let freshness = Duration.seconds(1)
    private static let period = Duration.seconds(10)
    /// Tokens and the database's times would disagree beyond this.
    private static let clockLimit = Duration.seconds(2)
    private static let diskLimit: UInt64 = 32 << 20

    private let premises: Premises
    private let folder: String
    private let isStopping = Atomic(false)
    private let state = Lock(State())

    init(_ premises: Premises, folder: String) {
        self.premises = premises
        self.folder = folder
    }

    /// From now on the answer is no.
    func stop() { isStopping.store(true, ordering: .relaxed) }

    /// Never waits longer than ``patience``. On an event loop.
    func failedChecks() async -> [Check] {
        let look = await look()
        return isStopping.load(ordering: .relaxed) ? look.failed + [.stopping] : look.failed
    }

    var lastLook: Look? { state.withLock { $0.last } }

    /// Looks now and then, and says what changed, until its task is cancelled.
    func watch(on loop: EventLoop) async {
        var before: [Check] = []
        repeat {
            let failed = await look().failed
            if failed != before {
                premises.capabilities.report(
                    failed.isEmpty
                        ? SystemEvent(.info, "ready", "every check is good again")
                        : SystemEvent(
                            .error, "not_ready", "failed: \(failed.map(\.rawValue).joined(separator: ", "))"))
                before = failed
            }
        } while (try? await loop.sleep(for: Self.period)) != nil
    }

    private func look() async -> Look {
        enum Turn { case known(Look), busy(Look?), mine }
        let turn = state.withLock { state -> Turn in
            if let last = state.last, MonotonicTime.now().since(last.at) < Self.freshness { return .known(last) }
            if state.isLooking { return .busy(state.last) }
            state.isLooking = true
            return .mine
        }
        switch turn {
        case .known(let look): return look
        case .busy(let last):
            // Somebody is looking at this moment. What was seen a little earlier is good enough, unless that was long ago.
            if let last, MonotonicTime.now().since(last.at) < Self.freshness + Self.patience { return last }
            return Look(failed: [.database], clockOffset: nil, at: .now())
        case .mine: return await lookNow()
        }
    }

    private func lookNow() async -> Look {
        guard let loop = EventLoop.current else { return Look(failed: [.database], clockOffset: nil, at: .now()) }
        let answer = Once<Look>()
        spawn(on: loop) { [self] in
            let look = await self.ask()
            state.withLock { state in
                state.last = look
                state.isLooking = false
            }
            answer.give(look)
        }
        let timer = spawn(on: loop) { [self] in
            guard (try? await loop.sleep(for: Self.patience)) != nil else { return }
            let look = Look(failed: [.database], clockOffset: nil, at: .now())
            state.withLock { state in if state.isLooking { state.last = look } }
            answer.give(look)
        }
        let look = await answer.value()
        timer.cancel()
        return look
    }

    private func ask() async -> Look {
        var failed: [Check] = []
        var offset: Duration?
        let now = premises.capabilities.now
        do {
            let before = now()
            let (version, database) = try await premises.store.read { (reader) throws(StoreFault) in
                (try reader.schemaVersion(), reader.now)
            }
            let after = now()
            let expected = state.withLock { state in
                let expected = state.schema ?? version
                state.schema = expected
                return expected
            }
            if version < expected { failed.append(.migrations) }
            if premises.store.isShared {
                offset = .milliseconds(database.milliseconds - (before.milliseconds + after.milliseconds) / 2)
                // The database's time is that of the read's beginning: somewhere between the two.
                if database + Self.clockLimit < before || after + Self.clockLimit < database { failed.append(.clock) }
            }
        } catch { failed.append(.database) }
        if !premises.useCases.canSign { failed.append(.signingKey) }
        // Where the database is elsewhere, a full disk here only makes logs late.
        if !premises.store.isShared, freeBytes < Self.diskLimit { failed.append(.disk) }
        return Look(failed: failed, clockOffset: offset, at: .now())
    }

    /// Of the data folder's file system, for a user who is not root.
    var freeBytes: UInt64 {
        var status = statvfs()
        guard unsafe statvfs(folder, &status) == 0 else { return .max }
        return UInt64(status.f_bavail).multipliedReportingOverflow(by: UInt64(status.f_frsize)).partialValue
    }
}

/// One value from whoever comes first, for one who waits.
private final class Once<Value: Sendable>: Sendable {
    private struct State {
        var value: Value?
        var waiting: CheckedContinuation<Value, Never>?
    }
    private let state = Lock(State())

    func give(_ value: Value) {
        let waiting = state.withLock { state in
            if state.value == nil { state.value = value }
            return state.waiting.take()
        }
        waiting?.resume(returning: value)
    }

    func value() async -> Value {
        await withCheckedContinuation { continuation in
            let value = state.withLock { state in
                if state.value == nil { state.waiting = continuation }
                return state.value
            }
            if let value { continuation.resume(returning: value) }
        }
    }
}
