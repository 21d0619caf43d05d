internal import CLinux
internal import Glibc

/// The way to systemd, or whoever else started this process and listens as sd_notify(3) says.
struct ServiceManager: Sendable {
    private let socket: String?
    /// Within this long the manager wants to hear that the server answers.
    let watchdog: Duration?

    init(_ environment: [String: String], process: pid_t) {
        socket = environment["NOTIFY_SOCKET"].flatMap { $0.hasPrefix("/") || $0.hasPrefix("@") ? $0 : nil }
        let isForThis = environment["WATCHDOG_PID"].map { $0 == "\(process)" } ?? true
        let microseconds = environment["WATCHDOG_USEC"].flatMap { Int64($0) } ?? 0
        watchdog = isForThis && microseconds > 0 && socket != nil ? .microseconds(microseconds) : nil
    }

    /// A manager that does not listen is not our problem.
    func tell(_ lines: String...) {
        guard let socket else { return }
        let bytes = Array(lines.joined(separator: "\n").utf8)
        _ = unsafe bytes.withUnsafeBytes { unsafe linux_send_datagram(socket, $0.baseAddress, $0.count) }
    }

    /// Requests are answered.
    func ready(_ status: String) { tell("READY=1", "MAINPID=\(getpid())", "STATUS=\(status)") }

    /// Settings, or the program, are being exchanged; ``ready(_:)`` ends it.
    func reloading(_ status: String, at microseconds: UInt64) {
        tell("RELOADING=1", "MONOTONIC_USEC=\(microseconds)", "STATUS=\(status)")
    }

    func stopping() { tell("STOPPING=1", "STATUS=Stopping") }

    func answers() { tell("WATCHDOG=1") }
}
