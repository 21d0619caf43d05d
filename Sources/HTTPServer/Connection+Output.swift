internal import Concurrency
internal import Glibc

extension Connection {
    /// Writes what is gathered; what the client does not take now waits in `pending`.
    ///
    /// Nothing more is read or handled while something is pending, so a client that does not read cannot make the
    /// server keep more than one turn's answers.
    func flush() {
        if phase == .closed {
            shard.output.removeAll(keepingCapacity: true)
            return
        }
        if pending.isEmpty {
            let sent = send(shard.output, from: 0)
            if sent < shard.output.count, phase != .closed {
                pending = Array(shard.output[sent...])
                setDeadline(shard.patience.write)
            }
        } else {
            // Not even nothing is appended to what other connections may share, or it would be copied.
            if !shard.output.isEmpty { pending.append(contentsOf: shard.output) }
            let sent = send(pending, from: pendingStart)
            pendingStart += sent
            if pendingStart >= pending.count {
                pending = []
                pendingStart = 0
                written()
            } else if sent >= Shard.inputSize {
                setDeadline(shard.patience.write)
            }
        }
        // A large answer's buffer is not kept for the small ones that follow.
        shard.output.removeAll(keepingCapacity: shard.output.capacity <= 4 * Shard.inputSize)
        if isLast, pending.isEmpty, phase != .closed, phase != .lingering { linger() }
    }

    /// Nothing is pending any more.
    private func written() {
        switch phase {
        case .handling: setDeadline(nil)
        case .streaming: streamWritten()
        case .first, .idle, .head, .body, .lingering, .closed: setDeadline(shard.patience.idle)
        }
    }

    /// Sends until everything is sent or the socket is full; returns how much was taken.
    func send(_ bytes: [UInt8], from start: Int) -> Int {
        var sent = start
        while sent < bytes.count {
            let count = unsafe bytes.withUnsafeBytes { buffer in
                unsafe transmit(buffer.baseAddress?.advanced(by: sent), buffer.count - sent)
            }
            if count >= 0 {
                sent += count
            } else if count == -Int(EAGAIN) {
                break
            } else {
                leave()
                break
            }
        }
        return sent - start
    }
}
