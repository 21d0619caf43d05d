internal import Concurrency
internal import HTTP

/// A piece as it stands on the wire, kept for the connections that send the same one next.
struct FramedPiece {
    private var piece: [UInt8] = []
    private var chunk: [UInt8] = []

    /// The piece in a chunk of its own; made once while the same array comes again and again.
    mutating func chunk(_ piece: [UInt8]) -> [UInt8] {
        if !Self.isSame(piece, self.piece) {
            self.piece = piece
            chunk = []
            chunk.reserveCapacity(piece.count + 16)
            BodyStream.Framing.chunked.append(piece, to: &chunk)
        }
        return chunk
    }

    /// The same memory, not only the same bytes. What is kept here cannot have been given to another array meanwhile.
    private static func isSame(_ left: [UInt8], _ right: [UInt8]) -> Bool {
        guard left.count == right.count else { return false }
        return unsafe left.withUnsafeBufferPointer { left in
            unsafe right.withUnsafeBufferPointer { right in unsafe left.baseAddress == right.baseAddress }
        }
    }
}

/// Streams with a ``BodyStream/Feed``: no task while there is no news, and nothing copied that many are told.
extension Connection {
    func follow(_ feed: any BodyStream.Feed, of streaming: Streaming) {
        streaming.count(in: shard.shared)
        feed.listen { [weak self] in
            guard let self else { return }
            shard.loop.execute { self.askFeed() }
        }
        askFeed()
    }

    /// Writes what the feed has, until it has no more or the network takes no more.
    func askFeed() {
        guard phase == .streaming, let streaming, let feed = streaming.stream.feed, !streaming.isAsking,
            !streaming.isWaiting
        else { return }
        streaming.isAsking = true
        defer { streaming.isAsking = false }
        var run = 0
        while phase == .streaming, pending.isEmpty {
            let brought = streaming.brought.take()
            let isLast = streaming.isEnding && brought == nil
            switch brought ?? feed.take(isLast: isLast) {
            case .piece(let piece):
                send(piece, of: streaming)
                if isLast { return finishStream() }
                run += 1
                if run == Streaming.longestRun { return shard.loop.execute { [self] in askFeed() } }
            case .nothing:
                if isLast { finishStream() }
                return
            case .waits:
                if isLast { return finishStream() }
                wait(for: feed, of: streaming)
                if streaming.isWaiting { return }
            case .end: return finishStream()
            }
        }
    }

    private func wait(for feed: any BodyStream.Feed, of streaming: Streaming) {
        streaming.isWaiting = true
        let task = startNow(on: shard.loop) {
            let step = await feed.step()
            streaming.isWaiting = false
            streaming.brought = step
            self.cameBack(to: streaming)
        }
        if streaming.isWaiting { self.task = task }
    }

    private func cameBack(to streaming: Streaming) {
        guard self.streaming === streaming, phase == .streaming else { return }
        task = nil
        askFeed()
    }

    /// Straight from the memory that all share; what the client does not take now keeps a reference to it.
    private func send(_ piece: [UInt8], of streaming: Streaming) {
        guard !piece.isEmpty else { return }
        if shard.output.isEmpty {
            let bytes = streaming.framing == .chunked ? shard.framedPiece.chunk(piece) : piece
            let sent = send(bytes, from: 0)
            if sent < bytes.count, phase != .closed {
                pending = bytes
                pendingStart = sent
                setDeadline(shard.patience.write)
            }
        } else {
            streaming.framing.append(piece, to: &shard.output)
            flush()
        }
        if phase == .streaming, pending.isEmpty { setDeadline(fillPeriod) }
    }
}
