internal import Concurrency
internal import Flows
internal import Glibc

/// The server's end of the line to the process that supervises it. Used on one loop, except for what says otherwise.
///
/// A class, because it owns the descriptor.
final class ParentLine: PolledFile, @unchecked Sendable {
    private let line: MessageLine
    private var loops: [EventLoop] = []
    private var report: @Sendable (SystemEvent) -> Void = { _ in }
    /// Those who asked for an upgrade.
    private let asking = Lock<[CheckedContinuation<ParentMessage, Never>]>([])
    /// Whether an upgrade was tried, and the program before it had to come back.
    let hasFallenBack: Bool

    init(_ line: MessageLine, hasFallenBack: Bool) {
        self.line = line
        self.hasFallenBack = hasFallenBack
        super.init(descriptor: line.descriptor)
    }

    deinit { close(descriptor) }

    /// Listens from now on; `report` writes the log. On the first loop.
    func attach(to loops: [EventLoop], report: @escaping @Sendable (SystemEvent) -> Void) throws(SystemFault) {
        self.loops = loops
        self.report = report
        try loops[0].register(self, for: [.read])
    }

    /// On the first loop.
    func detach() {
        loops.first?.unregister(self)
        loops = []
    }

    /// From any thread.
    func say(_ message: ServerMessage) { line.send(message.rawValue) }

    /// Asks for the program on the disk to take over; the answer is ``ParentMessage/upgradeBegins(_:)`` or
    /// ``ParentMessage/upgradeRefused(_:)``.
    func askForUpgrade() async -> ParentMessage {
        await withCheckedContinuation { continuation in
            asking.withLock { $0.append(continuation) }
            say(.upgrade)
        }
    }

    override func isReady(_ readiness: Readiness) {
        var isAlive = false
        while let text = line.receive() {
            isAlive = true
            guard let message = ParentMessage(text) else { continue }
            switch message {
            case .ping: answerThrough(loops.dropFirst())
            case .upgradeBegins, .upgradeRefused:
                let waiting = asking.withLock { asking in
                    defer { asking = [] }
                    return asking
                }
                for continuation in waiting { continuation.resume(returning: message) }
            case .note(let severity, let did, let detail): report(SystemEvent(severity, did, detail))
            }
        }
        // The parent is gone, and the kernel is about to end this process too.
        if !isAlive, !readiness.isDisjoint(with: [.hangUp, .error]) { detach() }
    }

    /// Goes once through every loop before it answers: one that hangs keeps the answer.
    private func answerThrough(_ rest: ArraySlice<EventLoop>) {
        guard let next = rest.first else { return say(.pong) }
        next.execute { [self] in answerThrough(rest.dropFirst()) }
    }
}
