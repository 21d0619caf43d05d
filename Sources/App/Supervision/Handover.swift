internal import Glibc

/// What one program of ours leaves to the next when that takes its place in the same process.
///
/// It travels in one variable of the environment, which is no setting and holds for one process only.
struct Handover: Equatable, Sendable {
    static let variable = "ALDRAVA_HANDOVER"
    /// In place of everything else: say whether this program could take over, and do nothing.
    static let check = "check"

    var sockets: [HandedSocket] = []
    /// The program before this one, open: it comes back if this one's server does not start.
    var fallback: Int32?
    /// This program is the one that came back.
    var hasFallenBack = false

    /// `1234 http:5:own tls:6:manager fallback:7`: the process, then what it gets.
    func text(for process: pid_t) -> String {
        var words = ["\(process)"]
        words += sockets.map {
            "\($0.name):\($0.descriptor)" + ($0.ownsFile ? ":own" : "") + ($0.isFromManager ? ":manager" : "")
        }
        if let fallback { words.append("fallback:\(fallback)") }
        if hasFallenBack { words.append("failed") }
        return words.joined(separator: " ")
    }

    init(sockets: [HandedSocket] = [], fallback: Int32? = nil, hasFallenBack: Bool = false) {
        self.sockets = sockets
        self.fallback = fallback
        self.hasFallenBack = hasFallenBack
    }

    /// `nil` when it is another process's, or not ours at all.
    init?(_ text: String, for process: pid_t) {
        let words = text.split(separator: " ")
        guard let first = words.first, first == "\(process)" else { return nil }
        self.init()
        for word in words.dropFirst() {
            let parts = word.split(separator: ":", omittingEmptySubsequences: false)
            if word == "failed" {
                hasFallenBack = true
                continue
            }
            let marks = parts.dropFirst(2)
            guard parts.count >= 2, let descriptor = Int32(parts[1]), descriptor > 2,
                marks.allSatisfy({ $0 == "own" || $0 == "manager" })
            else { return nil }
            if parts[0] == "fallback" {
                fallback = descriptor
            } else {
                sockets.append(
                    HandedSocket(
                        name: String(parts[0]), descriptor: descriptor, ownsFile: marks.contains("own"),
                        isFromManager: marks.contains("manager")))
            }
        }
    }

    /// What this process was started with: by the program before, or by a service manager that listens already
    /// (sd_listen_fds(3)). The variables are taken away, so that no other process takes them for its own.
    static func take(_ environment: [String: String]) -> Handover {
        defer { for name in [variable, "LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES"] { unsafe unsetenv(name) } }
        if let handover = environment[variable].flatMap({ Handover($0, for: getpid()) }) { return handover }
        return Handover(sockets: fromManager(environment, for: getpid()))
    }

    /// Descriptors from 3 on, if they are meant for this process.
    static func fromManager(_ environment: [String: String], for process: pid_t) -> [HandedSocket] {
        guard environment["LISTEN_PID"] == "\(process)", let count = environment["LISTEN_FDS"].flatMap({ Int32($0) }),
            (1...64).contains(count)
        else { return [] }
        let names = (environment["LISTEN_FDNAMES"] ?? "").split(separator: ":", omittingEmptySubsequences: false)
        return (0..<count).map { index in
            let name = index < names.count ? String(names[Int(index)]) : "unknown"
            return HandedSocket(name: name, descriptor: 3 + index, isFromManager: true)
        }
    }
}
