internal import Domain
public import Standards

/// The way out for letters: a mail server, a folder, or a test's list.
public protocol MailSender: Sendable {
    /// Hands one letter over, and waits until somebody else answers for it.
    func send(_ mail: OutgoingMail) async -> MailVerdict
}

/// A letter on its way.
public struct OutgoingMail: Sendable {
    /// What it is about, such as `reset_password`.
    public let kind: String
    public let message: MailMessage

    public init(kind: String, message: MailMessage) {
        self.kind = kind
        self.message = message
    }

    /// The left side of its `Message-ID`, the same at each try.
    public var id: String { message.id }
    /// As it goes over the wire.
    public var bytes: [UInt8] { message.bytes }
    /// Where a mail server sends what it cannot deliver.
    public var sender: String { message.from.address }
    public var recipient: String { message.to.address }
}

/// What became of handing a letter over. The codes are words or a server's number, and nothing personal.
public enum MailVerdict: Hashable, Sendable {
    case sent
    /// Worth trying again: this letter was put off, or was under way when the server stopped.
    case putOff(code: String)
    /// Worth trying again, and the same would happen to any other letter: nobody answers, or not as they must.
    case unreachable(code: String)
    /// Refused for good.
    case refused(code: String)
}
