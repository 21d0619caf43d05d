internal import CLinux
internal import Concurrency
internal import Config
internal import Flows
internal import Glibc
internal import HTTPServer

extension Supervisor {
    /// Begins to replace the program of this process by the one on the disk.
    ///
    /// That one is tried first: it must say that it can take over, and that it takes these settings. Then the server
    /// stops in good order, while new clients wait in the sockets' queues; then this process becomes the new program,
    /// with the sockets.
    func upgrade() {
        guard purpose == .serving else { return refuseUpgrade("the server stops, or is being upgraded already") }
        isUpgradeWanted = child?.isReady != true
        if isUpgradeWanted { return }
        let program = Self.program(arguments)
        switch ProgramTrial.run(program, arguments) {
        case .failed(let reason): refuseUpgrade("\(program) \(reason)")
        case .passed(let version):
            purpose = .upgrading(program: program)
            note(.info, "upgrade", "\(program) takes over: \(version)")
            child?.line.send(ParentMessage.upgradeBegins(version).text)
            manager.reloading("Upgrading to \(version)", at: MonotonicTime.now().nanoseconds / 1_000)
            // Time for its own order, and as much again as that allows for requests.
            deadline = .now() + config.shutdownGrace + .seconds(10)
            if let child { kill(child.pid, SIGTERM) }
        }
    }

    private func refuseUpgrade(_ reason: String) {
        note(.error, "upgrade_refused", reason)
        child?.line.send(ParentMessage.upgradeRefused(reason).text)
    }

    /// The path by which this program was called: what a new version replaces. A bare name is looked up by nobody a
    /// second time; the kernel's own answer is taken then.
    private static func program(_ arguments: [String]) -> String {
        if let first = arguments.first, first.utf8.contains(UInt8(ascii: "/")) { return first }
        var buffer = [CChar](repeating: 0, count: 4_096)
        let count = unsafe readlink("/proc/self/exe", &buffer, buffer.count)
        let path = String(decoding: buffer.prefix(max(0, count)).map { UInt8(bitPattern: $0) }, as: UTF8.self)
        let mark = " (deleted)"
        return path.hasSuffix(mark) ? String(path.dropLast(mark.count)) : path
    }

    /// Becomes `program`. If the kernel refuses that, goes on with this one.
    func become(_ program: String) {
        var handover = Handover(sockets: kept(true), hasFallenBack: false)
        let own = unsafe open("/proc/self/exe", O_RDONLY | O_CLOEXEC)
        if own >= 0, linux_adopt(own, true) == 0 { handover.fallback = own }
        replace(program, handover)
        let problem = SystemFault(call: "execv", code: errno)
        if own >= 0 { close(own) }
        _ = kept(false)
        purpose = .serving
        note(.error, "upgrade_failed", "\(program) could not take over: \(problem); this program goes on")
        restart = .now()
    }

    /// The new program's server did not start: becomes the program before it again.
    func comeBack() {
        guard let old = fallback.take() else { return }
        _ = linux_adopt(old, false)
        note(
            .error, "upgrade_failed",
            "the server of version \(Product.version) does not start; the one before comes back")
        replace("/proc/self/fd/\(old)", Handover(sockets: kept(true), hasFallenBack: true))
        let problem = SystemFault(call: "execv", code: errno)
        note(.error, "upgrade_failed", "the program before cannot come back: \(problem)")
        _ = kept(false)
        close(old)
    }

    /// The sockets as the next program gets them, and whether it does.
    private func kept(_ isKept: Bool) -> [HandedSocket] {
        sockets.map {
            HandedSocket(
                name: $0.name, descriptor: $0.socket.keepOnExec(isKept), ownsFile: $0.socket.ownsFile,
                isFromManager: $0.isFromManager)
        }
    }

    /// Does not return if it succeeds. Signals stay blocked, and those that came meanwhile reach the next program.
    private func replace(_ program: String, _ handover: Handover) {
        unsafe setenv(Handover.variable, handover.text(for: getpid()), 1)
        var words = unsafe arguments.map { unsafe strdup($0) } + [nil]
        unsafe execv(program, &words)
        let code = errno
        for index in unsafe words.indices { unsafe free(words[index]) }
        unsafe unsetenv(Handover.variable)
        errno = code
    }
}
