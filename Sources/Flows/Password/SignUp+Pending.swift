internal import Domain
internal import Standards
internal import Storage

extension SignUp {
    /// What is kept of a sign-up until its address is proven: no user, but a row that nobody else can read.
    ///
    /// The same questions, writes and letters for an address that is known and for one that is not: one letter leads on,
    /// the other says that there is an account.
    func wait(
        for checked: Checked, password: StoredPassword, _ input: Input, in realm: Realm, from source: Source
    ) async throws(StoreFault) -> Outcome {
        let account = checked.account
        let parts = proofs.parts
        let throttle = try await parts.throttles.take(
            .askForMail, identifier: account.email.key, in: realm, from: source)
        if case .wait(let delay) = throttle { return .refused(.throttled(retryAfter: delay)) }
        // Usernames are public: who is called what can be seen wherever people meet.
        let isTaken = try await store.read(in: .realm(realm.name)) { (reader) throws(StoreFault) in
            try reader.user(usernameKey: account.username.key, realm: realm.name) != nil
        }
        if isTaken {
            refusals.note(reason: "identifier_taken", realm: realm, source: source, route: "register")
            return .refused(.usernameTaken)
        }
        let present = try await parts.find(LoginName(account.email.text), in: realm.name)
        let id = capabilities.id(User.self)
        let (key, wrapped) = recorder.subjectKeys.make(for: id, realm: realm.name)
        // Of two ways to write an address that count as one, the account's own is where its owner is asked.
        let linked = present.flatMap { PendingSignUp.links(to: $0) ? $0.user.email : nil }
        let pending = PendingSignUp(
            username: account.username, email: linked ?? account.email, password: password, language: input.language,
            consents: checked.consents, attributes: checked.profile.json)
        let made = proofs.make(
            .confirmSignUp, for: id, user: nil, address: pending.email, data: pending.json, under: key, in: realm)
        let letter = pending.letter(made, key, present, in: realm, parts)
        let draft = recorder.draft(
            .requestSignUp, realm: realm.name, confirmedBy: "self_registration", source: source,
            personal: [
                Recorder.PersonalPart(
                    key: key,
                    details: [
                        ("username", .string(account.username.text)), ("email", .string(account.email.text)),
                    ] + Recorder.origin(of: source))
            ])
        try await store.transaction(in: .realm(realm.name)) { (tx) throws(StoreFault) in
            _ = try tx.claimSubjectKey(wrapped, subject: id, realm: realm.name)
            try made.append(to: tx)
            try letter.append(to: tx)
            try draft.append(to: tx)
        }
        return .pending(ticket: made.ticket)
    }
}

/// A sign-up that waits for its address to be proven.
struct PendingSignUp: Sendable {
    let username: Username
    let email: EmailAddress
    let password: StoredPassword
    let language: Language?
    /// What was agreed to, each as `name@version`.
    let consents: ConsentChoice
    /// In the form that ``ProfileDraft/check(_:_:by:on:)`` reads.
    let attributes: JSON

    var json: JSON {
        [
            "username": .string(username.text), "email": .string(email.text),
            "hash": .string(String(decoding: password.hash.exposed, as: UTF8.self)),
            "format": .string(password.format), "language": .string(language?.rawValue ?? ""),
            "consents": consents.json, "attributes": attributes,
        ]
    }

    init(
        username: Username, email: EmailAddress, password: StoredPassword, language: Language?, consents: ConsentChoice,
        attributes: JSON
    ) {
        self.username = username
        self.email = email
        self.password = password
        self.language = language
        self.consents = consents
        self.attributes = attributes
    }

    /// `nil` for what this version did not write.
    init?(_ json: JSON) {
        guard let username = json["username"]?.string, case .success(let name) = Username.parse(username),
            let email = json["email"]?.string, case .success(let address) = EmailAddress.parse(email),
            let hash = json["hash"]?.string, let format = json["format"]?.string
        else { return nil }
        self.init(
            username: name, email: address, password: StoredPassword(hash: Secret(utf8: hash), format: format),
            language: json["language"]?.string.flatMap { Language(rawValue: $0) },
            consents: ConsentChoice(json["consents"]),
            attributes: json["attributes"] ?? .object([]))
    }

    /// Whether the address belongs to an account that somebody else made for it, and that nobody has taken up yet.
    static func links(to present: FoundUser) -> Bool {
        present.password == nil && present.user.isUsable(at: present.now)
    }

    func letter(
        _ made: MailProofs.Made, _ key: SubjectKey, _ present: FoundUser?, in realm: Realm, _ parts: FlowParts
    ) -> MailDraft {
        if let present, !Self.links(to: present) {
            return parts.postman.draft(
                .alreadyRegistered(signIn: realm.link(to: .signIn), forgot: realm.link(to: .forgotPassword)),
                to: Addressee(present.user, key: present.key), in: realm)
        }
        return parts.postman.draft(
            .confirmSignUp(made.proof),
            to: Addressee(key: key, email: email.text, username: username.text, language: language), in: realm)
    }
}
