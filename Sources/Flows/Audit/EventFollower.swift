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

    private static let patience: Int64 = 600_000
    /// One piece, as long as events are small.
    private static let pieceBytes = 16_384
    private static let pageSize = 200
    /// How many events that do not match are passed over before the reader is told the place.
    private static let mark = 500
    private static let retry = 1_000

    private let live: LiveEvents
    private let number: Int
    private let handle: LiveEvents.Handle
    private let realm: RealmName
    private let wanted: EventFilter.Resolved
    private let store: any Store
    private let progress: Lock<Progress>

    init(
        _ live: LiveEvents, number: Int, handle: LiveEvents.Handle, realm: RealmName, wanted: EventFilter.Resolved,
        from position: EventPosition, store: any Store
    ) {
        self.live = live
        self.number = number
        self.handle = handle
        self.realm = realm
        self.wanted = wanted
        self.store = store
        progress = Lock(Progress(position: position))
    }

    deinit { live.leave(number) }

    /// The next part of the stream as bytes of text/event-stream; `nil` after its end. For one task at a time.
    public func next() async -> [UInt8]? {
        if progress.withLock({ $0.isOver }) { return nil }
        if let greeting = greeting() { return greeting }
        while true {
            if Task.isCancelled { return end(Reason.serverStopping.rawValue) }
            if let end = await handle.vigil.end() { return self.end(end.rawValue) }
            if isTooSlow() { return end(Reason.tooSlow.rawValue) }
            let position = progress.withLock { $0.position }
            if let entries = live.window(after: position) {
                if let last = entries.last {
                    if let piece = take(entries, upTo: last.position) { return piece }
                } else {
                    await wait()
                }
            } else {
                do throws(StoreFault) {
                    if let piece = try await takePage(after: position) { return piece }
                } catch { return end(Vigil.End.unavailable.rawValue) }
            }
        }
    }

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
        progress.withLock { $0.behindSince = nil }
        await withTaskCancellationHandler {
            await handle.wakeup.wait()
        } onCancel: { [handle] in
            handle.wakeup.ring()
        }
    }

    /// Moves on over the window, and returns the bytes of what matches. At its end the reader has caught up.
    private func take(_ entries: ArraySlice<LiveEvents.Entry>, upTo newest: EventPosition) -> [UInt8]? {
        var piece = Piece(progress.withLock { $0.passed })
        for entry in entries where !piece.isFull {
            let isWanted = entry.event.realm == realm && wanted.matches(entry.event)
            piece.add(entry.position, isWanted ? entry.bytes : nil)
        }
        return finish(piece, hasCaughtUp: piece.position == newest)
    }

    /// The same over a page of the database.
    private func takePage(after position: EventPosition) async throws(StoreFault) -> [UInt8]? {
        await live.turns.take()
        defer { live.turns.giveBack() }
        let sealed = try await store.read { (tx) throws(StoreFault) in
            try EventReader.withKeys(try tx.events(after: position, limit: Self.pageSize), tx)
        }
        var piece = Piece(progress.withLock { $0.passed })
        for event in sealed where !piece.isFull {
            let isWanted = event.placed.event.realm == realm && wanted.matches(event.placed.event)
            piece.add(event.placed.position, isWanted ? LiveEvents.Entry(event, live.reader).bytes : nil)
        }
        return finish(piece, hasCaughtUp: false)
    }

    /// What one step over some events gathers.
    private struct Piece {
        var bytes: [UInt8] = []
        var position: EventPosition?
        var passed: Int

        init(_ passed: Int) { self.passed = passed }

        var isFull: Bool { bytes.count >= EventFollower.pieceBytes }

        mutating func add(_ position: EventPosition, _ wanted: [UInt8]?) {
            self.position = position
            passed = wanted == nil ? passed + 1 : 0
            if let wanted { bytes += wanted }
        }
    }

    private func finish(_ piece: Piece, hasCaughtUp: Bool) -> [UInt8]? {
        progress.withLock { progress in
            var bytes = piece.bytes
            progress.position = piece.position ?? progress.position
            progress.passed = piece.passed
            if hasCaughtUp { progress.behindSince = nil }
            if piece.passed >= Self.mark {
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
