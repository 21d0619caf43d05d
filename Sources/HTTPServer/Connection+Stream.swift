internal import Concurrency
internal import Glibc
internal import HTTP
internal import Synchronization

/// The answer that a connection is streaming. Used on its loop only, like the connection.
final class Streaming: @unchecked Sendable {
    let stream: BodyStream
    let framing: BodyStream.Framing
    /// Pieces that came without waiting since others last had their turn.
    var run = 0
    /// The server stops: the stream was cancelled, and the next piece is the last.
    var isEnding = false
    private var waiting: CheckedContinuation<Void, Never>?
    /// Of a ``BodyStream/Feed``: whether it is being asked, whether a task waits for it, and what that brought.
    var isAsking = false
    var isWaiting = false
    var brought: BodyStream.Step?
    private var counted: Shared?

    /// Pieces in a row before other connections have their turn.
    static let longestRun = 16

    init(_ stream: BodyStream, framing: BodyStream.Framing) {
        self.stream = stream
        self.framing = framing
    }

    deinit { counted?.running.subtract(1, ordering: .relaxed) }

    /// Counts as a running request for as long as it lives, which a task that waits for its feed prolongs.
    func count(in shared: Shared) {
        shared.running.add(1, ordering: .relaxed)
        counted = shared
    }

    func wait(_ continuation: CheckedContinuation<Void, Never>) { waiting = continuation }

    /// What was pending is written, or never will be.
    func resume() { waiting.take()?.resume() }
}

extension Connection {
    /// Writes the head and begins to ask for the body.
    ///
    /// There is no limit on how long a stream lasts; only a client that does not read what was written is dropped,
    /// after the write timeout. While it lasts nothing is read, so a request that follows waits for the end.
    func begin(_ stream: BodyStream, of response: Response) {
        let framing = BodyStream.Framing(current.version)
        if framing == .untilClose { current.keepsAlive = false }
        phase = .streaming
        parser.value.rest()
        let streaming = Streaming(stream, framing: framing)
        self.streaming = streaming
        write(response, keepsAlive: current.keepsAlive && !shard.isDraining)
        setDeadline(pending.isEmpty ? fillPeriod : shard.patience.write)
        if let feed = stream.feed { follow(feed, of: streaming) } else { pull(streaming) }
        // A stream without waiting is over by now, and another request's may have begun.
        guard self.streaming === streaming else { return }
        if !isAdvancing, !shard.output.isEmpty { flush() }
        if hasReadHangUp { clientStoppedSending() }
        if shard.isDraining { endStreaming() }
    }

    /// Starts the task that asks for the pieces.
    private func pull(_ streaming: Streaming) {
        let (shared, stream) = (shard.shared, streaming.stream)
        shared.running.add(1, ordering: .relaxed)
        let task = startNow(on: shard.loop) {
            while let piece = await stream.next(), await self.deliver(piece) {}
            shared.running.subtract(1, ordering: .relaxed)
            self.finishStream()
        }
        if self.streaming === streaming { self.task = task }
    }

    /// Writes one piece and waits until the network took it; false when no more is wanted.
    private func deliver(_ piece: [UInt8]) async -> Bool {
        guard phase == .streaming, let streaming else { return false }
        let isLastPiece = streaming.isEnding
        if !piece.isEmpty {
            streaming.framing.append(piece, to: &shard.output)
            flush()
            if phase == .streaming, pending.isEmpty { setDeadline(fillPeriod) }
        }
        if !pending.isEmpty {
            streaming.run = 0
            await withCheckedContinuation { streaming.wait($0) }
        } else {
            streaming.run += 1
            if streaming.run >= Streaming.longestRun {
                streaming.run = 0
                await Task.yield()
            }
        }
        return phase == .streaming && !isLastPiece
    }

    /// The last piece is written: the end, and then the next request.
    func finishStream() {
        task = nil
        guard phase == .streaming, let streaming = streaming.take() else { return }
        streaming.framing.appendEnd(to: &shard.output)
        answered()
        goOn()
    }

    /// What the client was slow to read is written.
    func streamWritten() {
        setDeadline(fillPeriod)
        streaming?.resume()
        // Not at once: whoever calls is still in the middle of writing.
        if streaming?.stream.feed != nil { shard.loop.execute { [self] in askFeed() } }
    }

    /// The server stops.
    func endStreaming() {
        guard let streaming, !streaming.isEnding else { return }
        streaming.isEnding = true
        task?.cancel()
        askFeed()
    }

    // MARK: Streams without news

    var fillPeriod: UInt64? {
        guard let filler = streaming?.stream.filler else { return nil }
        let limited = min(max(filler.period, .milliseconds(1)), .seconds(86_400))
        return UInt64(limited / .nanoseconds(1))
    }

    func fillStream() {
        guard let streaming, let filler = streaming.stream.filler, !filler.bytes.isEmpty else {
            return setDeadline(nil)
        }
        streaming.framing.append(filler.bytes, to: &shard.output)
        flush()
        if phase == .streaming, pending.isEmpty { setDeadline(fillPeriod) }
    }

    /// The client stopped sending: a filler sent soon is answered with a reset by one that left.
    func probeStream() {
        guard case .ip = peer, pending.isEmpty, streaming?.stream.filler != nil else { return }
        setDeadline(shard.patience.probe)
    }
}
