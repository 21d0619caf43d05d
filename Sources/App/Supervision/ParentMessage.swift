internal import CLinux
internal import Flows
internal import Glibc

/// What the supervising process says to the server it forked.
enum ParentMessage: Equatable, Sendable {
    /// Answer if all loops still run.
    case ping
    /// The program that is to take over was tried, and this one may stop; the text is what it said of itself.
    case upgradeBegins(String)
    /// Nothing changes; the text says why.
    case upgradeRefused(String)
    /// For the log.
    case note(SystemEvent.Severity, did: String, detail: String)

    var text: String {
        switch self {
        case .ping: "ping"
        case .upgradeBegins(let detail): "begins \(detail)"
        case .upgradeRefused(let reason): "refused \(reason)"
        case .note(let severity, let did, let detail): "note \(severity.rawValue) \(did) \(detail)"
        }
    }

    init?(_ text: String) {
        let words = text.split(separator: " ", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        switch (words[0], words.count == 2 ? words[1] : "") {
        case ("ping", _): self = .ping
        case ("begins", let detail): self = .upgradeBegins(detail)
        case ("refused", let reason): self = .upgradeRefused(reason)
        case ("note", let rest):
            let parts = rest.split(separator: " ", maxSplits: 2, omittingEmptySubsequences: false).map(String.init)
            guard parts.count == 3, let severity = SystemEvent.Severity(rawValue: parts[0]) else { return nil }
            self = .note(severity, did: parts[1], detail: parts[2])
        default: return nil
        }
    }
}

/// What a server says to the process that supervises it.
enum ServerMessage: String, Sendable {
    /// It answers requests.
    case ready
    case reloaded
    /// All loops still run.
    case pong
    /// An operator asks for the program on the disk to take over.
    case upgrade
}

/// One end of the line between the two; messages keep their borders.
struct MessageLine: Sendable {
    let descriptor: Int32

    private static let longest = 8_192

    /// `false` when the other side is gone, or does not listen.
    @discardableResult
    func send(_ text: String) -> Bool {
        let bytes = Array(text.utf8.prefix(Self.longest))
        return unsafe bytes.withUnsafeBytes { unsafe linux_send(descriptor, $0.baseAddress, $0.count) } >= 0
    }

    /// `nil` when nothing is there now, or ever again.
    func receive() -> String? {
        var bytes = [UInt8](repeating: 0, count: Self.longest)
        let count = unsafe bytes.withUnsafeMutableBytes { unsafe linux_receive(descriptor, $0.baseAddress, $0.count) }
        return count > 0 ? String(decoding: bytes.prefix(count), as: UTF8.self) : nil
    }
}
