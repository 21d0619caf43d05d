internal import Domain

/// Where mail goes out.
public struct SMTPAddress: Hashable, Sendable, CustomStringConvertible {
    /// A name, or an address; IPv6 without its brackets.
    public let host: String
    public let port: UInt16
    /// Whether TLS is spoken from the first byte, and not begun by STARTTLS.
    public let isTLS: Bool
    /// Whether it is on this machine, where nobody else listens in.
    public let isLoopback: Bool

    /// `smtp://host[:port]` or `smtps://host[:port]`; anything else is `nil`.
    public init?(_ text: String) {
        let isTLS = text.hasPrefix("smtps://")
        guard isTLS || text.hasPrefix("smtp://"),
            let parts = HostAndPort(String(text.dropFirst((isTLS ? "smtps://" : "smtp://").count))), parts.port != 0
        else { return nil }
        host = parts.host
        port = parts.port ?? (isTLS ? 465 : 587)
        self.isTLS = isTLS
        isLoopback = parts.isLoopback
    }

    /// The form that ``init(_:)`` reads.
    public var description: String {
        let authority = host.utf8.contains(UInt8(ascii: ":")) ? "[\(host)]:\(port)" : "\(host):\(port)"
        return "\(isTLS ? "smtps" : "smtp")://\(authority)"
    }

    static func parse(_ text: String) -> SMTPAddress?? { SMTPAddress(text).map { .some($0) } }
}

/// Whether mail may go out without TLS.
public enum SMTPEncryption: String, CaseIterable, Sendable {
    case required
    /// To a server on this machine.
    case off
    /// To any server, past whoever listens in.
    case insecure
}

enum SMTPText {
    static func user(_ text: String) -> String? { isLine(text, 1...256) ? text : nil }

    static func password(_ text: String) -> Secret?? {
        guard isLine(text, 1...1_024) else { return nil }
        return Secret(utf8: text)
    }

    /// The address is judged where addresses are known; nothing in it may begin another field of a mail's head.
    static func from(_ text: String) -> String?? {
        guard isLine(text, 3...320), text.utf8.contains(UInt8(ascii: "@")) else { return nil }
        return text
    }

    private static func isLine(_ text: String, _ length: ClosedRange<Int>) -> Bool {
        length.contains(text.utf8.count) && text.utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7F }
    }
}

extension Config {
    /// What does not go together.
    var mailProblems: [Invalid.Problem] {
        guard let smtp else { return [] }
        var problems: [Invalid.Problem] = []
        if smtpEncryption == .off, !smtp.isLoopback {
            problems.append(
                Invalid.Problem(
                    "ALDRAVA_SMTP_TLS", "is off, and the mail server is on another machine", allowed: "required"))
        }
        if smtpEncryption != .required, smtp.isTLS {
            problems.append(
                Invalid.Problem(
                    "ALDRAVA_SMTP_TLS", "is \(smtpEncryption.rawValue), and ALDRAVA_SMTP_URL is smtps://",
                    allowed: "required"))
        }
        if smtpUser.isEmpty != (smtpPassword == nil) {
            problems.append(
                Invalid.Problem(
                    smtpUser.isEmpty ? "ALDRAVA_SMTP_USER" : "ALDRAVA_SMTP_PASSWORD",
                    "must be set, because \(smtpUser.isEmpty ? "ALDRAVA_SMTP_PASSWORD" : "ALDRAVA_SMTP_USER") is"))
        }
        return problems
    }
}
