internal import Concurrency
internal import Domain
internal import Standards
internal import Storage

/// One stream of events: a place in the log, and what its reader wants to see.
///
/// A class, because it gives back its place among the streams when the answer that owns it is gone.
public final class EventFollower: Sendable {
    /// Why a stream ended by itself; the raw values of both enums are public contract.
    public enum Reason: String, CaseIterable, Sendable {
        case serverStopping = "server_stopping"
        /// The reader has not been at the newest event for ten minutes; it can go on where it was.
        case tooSlow = "too_slow"
    }

    private struct Progress {
        var position: EventPosition
        /// Events passed over since the reader was last told a place.
        var passed = 0
        var isGreeted = false
        var isOver = false
        /// Since when there has been something to send, in monotonic milliseconds.
        var behindSince: Int64?
    }

    /// What there is for its reader at the moment.
    public enum Step: Sendable {
        /// The next part of the stream as bytes of text/event-stream. Many readers may be given the same array.
        case piece([UInt8])
        /// Nothing until the next ring.
        case nothing
        /// Only the database knows: ``step()``.
        case waits
        case end
    }

    private static let patience: Int64 = 600_000
    /// One piece from the database, as long as events are small. It belongs to this reader alone.
    private static let pieceBytes = 16_384
    private static let pageSize = 200
    /// How many events that do not match are passed over before the reader is told the place.
    private static let mark = 500
    private static let retry = 1_000

    private let live: LiveEvents
    private let number: Int
    private let handle: LiveEvents.Handle
    private let selection: LiveEvents.Selection
    private let store: any Store
    private let progress: Lock<Progress>

    init(
        _ live: LiveEvents, number: Int, handle: LiveEvents.Handle, selection: LiveEvents.Selection,
        from position: EventPosition, store: any Store
    ) {
        self.live = live
        self.number = number
        self.handle = handle
        self.selection = selection
        self.store = store
        progress = Lock(Progress(position: position))
    }

    deinit { live.leave(number, selection) }

    /// The next part of the stream, waited for; `nil` after its end. For one task at a time.
    public func next() async -> [UInt8]? {
        while true {
            var step = take(isStopping: Task.isCancelled)
            if case .waits = step { step = await self.step() }
            switch step {
            case .piece(let piece): return piece
            case .end: return nil
            case .nothing: await wait()
            case .waits: break
            }
        }
    }

    /// What can be had from memory alone: the credential still holds, and the window reaches back far enough. For one
    /// caller at a time.
    ///
    /// - Parameter isStopping: the server stops, so what is taken is the reason of the end.
    public func take(isStopping: Bool) -> Step {
        if progress.withLock({ $0.isOver }) { return .end }
        if let greeting = greeting() { return .piece(greeting) }
        if isStopping { return .piece(end(Reason.serverStopping.rawValue)) }
        guard handle.vigil.surelyHolds() else { return .waits }
        return fromWindow()
    }

    /// What ``take(isStopping:)`` could not tell: asks the database about the credential, and for events. Returns at once
    /// when its task is cancelled. For one caller at a time.
    public func step() async -> Step {
        while true {
            if Task.isCancelled { return .nothing }
            if let end = await handle.vigil.end() { return .piece(self.end(end.rawValue)) }
            let step = fromWindow()
            guard case .waits = step else { return step }
            do throws(StoreFault) {
                if let piece = try await takePage() { return .piece(piece) }
            } catch { return .piece(end(Vigil.End.unavailable.rawValue)) }
        }
    }

    /// Calls `ring` whenever there may be something to take.
    public func listen(_ ring: @escaping @Sendable () -> Void) { handle.wakeup.listen(ring) }

    /// First of all the place, so that a reader who loses the connection before the first event resumes without a gap.
    private func greeting() -> [UInt8]? {
        progress.withLock { progress in
            guard !progress.isGreeted else { return nil }
            progress.isGreeted = true
            return ServerSentEvent(id: progress.position.cursor, retry: Self.retry).bytes
        }
    }

    private func end(_ reason: String) -> [UInt8] {
        progress.withLock { $0.isOver = true }
        return ServerSentEvent(event: "end", data: JSON.object([JSON.Member("reason", .string(reason))]).text).bytes
    }

    /// Until there may be something: an event, an end, or nobody to read any more.
    private func wait() async {
        await withTaskCancellationHandler {
            await handle.wakeup.wait()
        } onCancel: { [handle] in
            handle.wakeup.ring()
        }
    }

    /// Moves on over the window; ``Step/waits`` where it does not reach back so far.
    private func fromWindow() -> Step {
        while true {
            if isTooSlow() { return .piece(end(Reason.tooSlow.rawValue)) }
            switch live.tell(selection, after: progress.withLock { $0.position }) {
            case .nothing:
                progress.withLock { $0.behindSince = nil }
                return .nothing
            case .outside: return .waits
            case .telling(let telling, let isNewest):
                if let piece = finish(telling, hasCaughtUp: isNewest) { return .piece(piece) }
            }
        }
    }

    /// The same over a page of the database.
    private func takePage() async throws(StoreFault) -> [UInt8]? {
        await live.turns.take()
        defer { live.turns.giveBack() }
        let position = progress.withLock { $0.position }
        let sealed = try await store.read { (tx) throws(StoreFault) in
            try EventReader.withKeys(try tx.events(after: position, limit: Self.pageSize), tx)
        }
        var telling = LiveEvents.Telling(selection, after: position)
        for event in sealed {
            let (place, reader) = (event.placed, live.reader)
            let isTaken = telling.add(place.position, place.event, upTo: Self.pieceBytes) {
                LiveEvents.Entry(event, reader).bytes
            }
            guard isTaken else { break }
        }
        return finish(telling, hasCaughtUp: false)
    }

    private func finish(_ telling: LiveEvents.Telling, hasCaughtUp: Bool) -> [UInt8]? {
        progress.withLock { progress in
            var bytes = telling.bytes
            progress.position = telling.to
            progress.passed = bytes.isEmpty ? progress.passed + telling.passed : telling.passed
            if hasCaughtUp { progress.behindSince = nil }
            if progress.passed >= Self.mark {
                bytes += ServerSentEvent(id: progress.position.cursor).bytes
                progress.passed = 0
            }
            return bytes.isEmpty ? nil : bytes
        }
    }

    private func isTooSlow() -> Bool {
        let now = live.reader.capabilities.monotonic()
        return progress.withLock { progress in
            let since = progress.behindSince ?? now
            progress.behindSince = since
            return now - since > Self.patience
        }
    }
}
