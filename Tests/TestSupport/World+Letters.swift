internal import Concurrency
internal import Domain
public import Flows
internal import Standards

/// A letter as somebody found it in a mailbox.
public struct ReceivedLetter: Sendable {
    /// As in the outbox, such as `reset_password`.
    public let kind: String
    public let to: String
    public let subject: String
    public let text: String
    public let html: String
    /// The first link; in a letter with a proof that is the proof's.
    public let link: String?
    /// The typed code.
    public let code: String?

    /// The value of the link's `token`.
    public var token: String? {
        guard let link, let query = link.utf8.firstIndex(of: UInt8(ascii: "?")) else { return nil }
        for field in link.utf8[link.utf8.index(after: query)...].split(separator: UInt8(ascii: "&"))
        where field.starts(with: "token=".utf8) {
            return String(Substring(field.dropFirst(6)))
        }
        return nil
    }

    public init(_ mail: OutgoingMail) {
        kind = mail.kind
        to = mail.recipient
        subject = mail.message.subject
        text = mail.message.text
        html = mail.message.html
        let lines = mail.message.text.utf8.split(separator: 0x0A).map { Array($0) }
        link =
            lines.first { $0.starts(with: "http://".utf8) || $0.starts(with: "https://".utf8) }
            .map { String(decoding: $0, as: UTF8.self) }
        code =
            lines.map { $0.drop { $0 == 0x20 } }
            .first { $0.count == 8 && $0.allSatisfy { (48...57).contains($0) } }
            .map { String(decoding: $0, as: UTF8.self) }
    }
}

/// Takes every letter, and keeps it.
public final class CollectingSender: MailSender {
    private let list = Lock<[OutgoingMail]>([])

    public init() {}

    public func send(_ mail: OutgoingMail) async -> MailVerdict {
        list.withLock { $0.append(mail) }
        return .sent
    }

    public var mail: [OutgoingMail] { list.withLock { $0 } }
}

extension World {
    /// Delivers what waits, and returns it in the order in which it was written; of one address where one is given. What
    /// was returned once is sent, and not returned again.
    public func letters(to address: String? = nil) async throws -> [ReceivedLetter] {
        let sender = CollectingSender()
        _ = try await useCases.mail.deliver.deliverDue(through: sender)
        return sender.mail.sorted { $0.message.id < $1.message.id }.map(ReceivedLetter.init)
            .filter { address == nil || $0.to == address }
    }
}
