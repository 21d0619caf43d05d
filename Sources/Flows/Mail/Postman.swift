internal import Concurrency
internal import Domain
internal import HTTP
internal import Standards
internal import Storage

/// Writes letters; they go out once the transaction that they were appended to is committed.
struct Postman: Sendable {
    let capabilities: Capabilities
    let desk: MailDesk

    /// Composed and sealed outside the transaction. A letter to a person who was erased is none.
    func draft(_ letter: Letter, to addressee: Addressee, in realm: Realm) -> MailDraft {
        guard let key = addressee.key, case .success(let address) = EmailAddress.parse(addressee.email) else {
            return MailDraft(mail: nil, desk: desk)
        }
        let id = capabilities.id(MailItem.self)
        let language = addressee.language ?? realm.rules.mail.language
        let layout = LetterLayout(
            letter: letter, username: addressee.username, address: address, language: language, realm: realm)
        guard
            let message = MailMessage(
                id: id.text, date: capabilities.now(), from: realm.mailbox, to: Mailbox(address),
                subject: layout.subject, language: language, text: layout.text, html: layout.html)
        else {
            capabilities.report(SystemEvent(.error, "mail_not_composed", "a letter of the kind \(letter.kind)"))
            return MailDraft(mail: nil, desk: desk)
        }
        return MailDraft(
            mail: NewMail(
                id: id, realm: realm.name, subject: key.subject, kind: letter.kind,
                sealed: MailSeal.seal(message, id: id, under: key, random: capabilities.random), life: letter.life,
                replacesOlder: letter.replacesOlder && key.subject != .nobody),
            desk: desk)
    }
}

/// Who a letter is for.
struct Addressee: Sendable {
    /// Seals the letter while it waits; goes with the person, and the letter with it.
    let key: SubjectKey?
    /// As typed.
    let email: String
    /// As typed; empty where nobody knows.
    let username: String
    /// `nil` for the realm's own.
    let language: Language?
}

extension Addressee {
    /// To a user's present address.
    init(_ user: User, key: SubjectKey?) {
        self.init(key: key, email: user.email.text, username: user.username.text, language: user.language)
    }
}

/// A letter that waits for its transaction.
struct MailDraft: Sendable {
    fileprivate let mail: NewMail?
    fileprivate let desk: MailDesk

    fileprivate init(mail: NewMail?, desk: MailDesk) {
        self.mail = mail
        self.desk = desk
    }

    /// The letter's id, and so its `Message-ID`; `nil` where there is none to be written.
    var id: ID<MailItem>? { mail?.id }

    func append(to tx: any StoreTransaction) throws(StoreFault) {
        guard let mail else { return }
        try tx.insert(mail)
        desk.announce()
    }
}

extension Realm {
    /// Who its mail is from.
    var mailbox: Mailbox {
        rules.mailFrom.flatMap { Mailbox($0) } ?? Mailbox(server: host)
    }

    /// As people know it: the host of its canonical URL, without a port.
    var host: String {
        guard let origin else { return "" }
        let bytes = Array(origin.description.utf8)
        guard let slash = bytes.lastIndex(of: UInt8(ascii: "/")) else { return "" }
        let authority = bytes[(slash + 1)...]
        let isAddress6 = authority.first == UInt8(ascii: "[")
        let end = isAddress6 ? authority.endIndex : authority.firstIndex(of: UInt8(ascii: ":")) ?? authority.endIndex
        return String(decoding: authority[..<end], as: UTF8.self)
    }
}
