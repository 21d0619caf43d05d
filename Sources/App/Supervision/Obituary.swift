internal import Flows
internal import Glibc
internal import HTTPServer

/// How a server ended, and whose request it was, as far as that can be known.
struct Obituary {
    enum End: Equatable {
        case exited(Int32)
        case killed(Int32)

        /// `status` as waitpid(2) gives it.
        init(status: Int32) {
            self = status & 0x7F == 0 ? .exited((status >> 8) & 0xFF) : .killed(status & 0x7F)
        }
    }

    let end: End
    let account: RequestJournal.Account

    private static let mostNamed = 8

    /// Whose doing it was: only where that is certain, or nothing else was under way.
    var blamed: RequestJournal.Source? {
        guard case .killed = end, account.hasFault else { return nil }
        if let culprit = account.culprit { return culprit.source }
        if let reader = account.reader { return reader }
        return account.isElsewhere || account.underWay.count != 1 ? nil : account.underWay[0].source
    }

    /// One sentence for the log.
    func sentence(process: pid_t) -> String {
        var text = "the server, process \(process), \(manner)"
        let others: Int
        if let culprit = account.culprit {
            text += " while it executed the request \(culprit)"
            others = account.underWay.count - 1
        } else if let reader = account.reader {
            text += " while it read what \(reader) had sent"
            others = account.underWay.count
        } else {
            if account.hasFault {
                text += account.isElsewhere ? " outside of all noted requests" : " at a place that is not known"
            }
            if !account.underWay.isEmpty { text += "; under way were \(listed(account.underWay))" }
            return text
        }
        if others > 0 { text += "; \(others) other requests were cut off" }
        return text
    }

    private var manner: String {
        switch end {
        case .exited(let code): "ended with code \(code)"
        case .killed(let signal): "was ended by \(Self.name(of: signal))"
        }
    }

    private func listed(_ requests: [RequestJournal.Noted]) -> String {
        let named = requests.prefix(Self.mostNamed).map { "\($0)" }.joined(separator: ", ")
        return requests.count > Self.mostNamed ? "\(named) and \(requests.count - Self.mostNamed) more" : named
    }

    private static func name(of signal: Int32) -> String {
        switch signal {
        case SIGILL: "SIGILL (a trap)"
        case SIGTRAP: "SIGTRAP (a trap)"
        case SIGSEGV: "SIGSEGV (a wrong address, or a full stack)"
        case SIGBUS: "SIGBUS"
        case SIGFPE: "SIGFPE"
        case SIGABRT: "SIGABRT"
        case SIGKILL: "SIGKILL, from outside"
        case SIGTERM: "SIGTERM"
        default: "signal \(signal)"
        }
    }
}
