internal import Crypto
internal import Domain
internal import Standards
internal import Storage

/// A letter as it lies in the database: sealed under its reader's key, so that it goes where the key goes.
enum MailSeal {
    static func seal(
        _ message: MailMessage, id: ID<MailItem>, under key: SubjectKey, random: @Sendable (Int) -> [UInt8]
    ) -> [UInt8] {
        let plain: JSON = [
            "from": .string(message.from.text), "to": .string(message.to.address),
            "subject": .string(message.subject), "language": .string(message.language.rawValue),
            "text": .string(message.text), "html": .string(message.html),
        ]
        let nonce = random(AEAD.nonceCount)
        return nonce
            + AEAD.seal(
                Array(plain.text.utf8), key: key.key, nonce: nonce, associatedData: id.bytes + key.subject.bytes)
    }

    /// `nil` where the key is another one, or the bytes are not what was sealed.
    static func open(
        _ sealed: [UInt8], id: ID<MailItem>, createdAt: Timestamp, under key: SubjectKey
    ) -> MailMessage? {
        guard sealed.count > AEAD.nonceCount,
            let plain = AEAD.open(
                Array(sealed.dropFirst(AEAD.nonceCount)), key: key.key, nonce: Array(sealed.prefix(AEAD.nonceCount)),
                associatedData: id.bytes + key.subject.bytes),
            let json = try? JSON.parse(plain),
            let from = json["from"]?.string.flatMap({ Mailbox(stored: $0) }),
            let to = json["to"]?.string.flatMap({ Mailbox(stored: $0) }),
            let subject = json["subject"]?.string, let text = json["text"]?.string, let html = json["html"]?.string,
            let language = json["language"]?.string.flatMap(Language.init(rawValue:))
        else { return nil }
        return MailMessage(
            id: id.text, date: createdAt, from: from, to: to, subject: subject, language: language, text: text,
            html: html)
    }
}
