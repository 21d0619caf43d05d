internal import Concurrency
internal import HTTP

extension Connection {
    /// `nil` for no limit. Moving a deadline later is free, which every request does.
    func setDeadline(_ delay: UInt64?) {
        guard let delay else {
            // A timer that was never set has no place in the heap and needs none.
            if timer.deadline != .never { shard.loop.set(timer, to: .never) }
            return
        }
        shard.loop.set(timer, to: MonotonicTime(nanoseconds: shard.loop.now.nanoseconds &+ delay))
    }

    /// Since when the client owes nothing and is owed nothing, or has connected and said nothing; `nil` while it is busy.
    var idleSince: MonotonicTime? {
        let patience: UInt64
        switch phase {
        case .first: patience = shard.patience.head
        case .idle: patience = shard.patience.idle
        case .head, .body, .handling, .streaming, .lingering, .closed: return nil
        }
        guard pending.isEmpty, !isReadable else { return nil }
        return MonotonicTime(nanoseconds: timer.deadline.nanoseconds &- patience)
    }

    /// The client used up somebody's patience.
    func ranOut() {
        if !pending.isEmpty {
            shard.shared.log(.timedOut(.write, peer))
            return close()
        }
        switch phase {
        case .first:
            if let patience = envelope?.patience { shard.shared.log(.timedOut(patience, peer)) }
            close()
        case .idle, .lingering: close()
        case .head: refuseSlow(.head)
        case .body: refuseSlow(.body)
        case .handling: probe()
        case .streaming: fillStream()
        case .closed: break
        }
    }

    private func refuseSlow(_ patience: ServerEvent.Patience) {
        shard.shared.log(.timedOut(patience, peer))
        answerLast(.requestTimeout)
        flush()
    }

    /// The client sends nothing more while its request is handled: it left, or it only closed its half.
    ///
    /// On a Unix socket the kernel tells the two apart: a client that left is a hang-up. On TCP both look the same
    /// until something is sent, which a client that left answers with a reset. So, unless the answer is ready by then,
    /// an interim `100 Continue` is sent to find out; every HTTP/1.1 client must cope with one it did not expect
    /// (RFC 9110 §15.2). HTTP/1.0 knows no interim answers: there the benefit of the doubt wins, and the answer
    /// itself will find out. A stream is its own probe where it has a filler.
    func clientStoppedSending() {
        if phase == .streaming { return probeStream() }
        guard case .ip = peer, current.version == .http11, pending.isEmpty else { return }
        setDeadline(shard.patience.probe)
    }

    private func probe() {
        setDeadline(nil)
        shard.output.append(contentsOf: Response.continueLine)
        flush()
    }
}
