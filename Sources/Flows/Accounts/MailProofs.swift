internal import Crypto
internal import Domain
internal import Standards
internal import Storage

/// Makes what letters carry, and finds what is shown of it.
struct MailProofs: Sendable {
    let parts: FlowParts

    /// A link and a code about to be sent.
    struct Made: Sendable {
        let token: AccountToken
        let life: Duration
        let proof: Letter.Proof

        /// What whoever asked for the letter is given.
        var ticket: String { Base64URL.encode(token.id) }

        func append(to tx: any StoreTransaction) throws(StoreFault) {
            try tx.insert(token, life: life, codeLife: min(life, LetterPurpose.codeLife))
        }
    }

    /// One that was shown and found, and not spent yet.
    struct Shown: Sendable {
        let token: AccountToken
        /// What events say that confirmed it.
        let confirmedBy: String
        fileprivate let ticket: Throttles.Ticket
    }

    enum Finding: Sendable { case found(Shown), refused(ProofRefusal) }

    static let ticketCount = 16
    static let tokenCount = 32
    static let codeCount = 8

    // MARK: Making

    /// - Parameters:
    ///   - subject: whose data it is; one that is made up where nobody is meant.
    ///   - address: that the letter is about.
    ///   - binding: see ``binding(_:_:)``.
    ///   - data: sealed under `key`.
    ///   - ticket: of a letter that is sent once more.
    func make(
        _ purpose: LetterPurpose, for subject: ID<User>, user: ID<User>?, address: EmailAddress, binding: [UInt8] = [],
        data: JSON? = nil, under key: SubjectKey? = nil, ticket: [UInt8]? = nil, life: Duration? = nil, in realm: Realm
    ) -> Made {
        let random = parts.capabilities.random
        let id = ticket ?? random(Self.ticketCount)
        let secret = random(Self.tokenCount)
        let code = Self.code(random(8))
        let token = AccountToken(
            id: id, digest: Digest.sha256(secret), code: purpose.hasCode ? mac(of: code, ticket: id) : [],
            realm: realm.name, purpose: purpose, subject: subject, user: user,
            address: parts.recorder.reservation(of: address, realm.name), binding: binding,
            data: data.flatMap { json in key.map { seal(json, under: $0, ticket: id) } } ?? [],
            createdAt: Timestamp(milliseconds: 0), expiresAt: Timestamp(milliseconds: 0))
        let life = life ?? purpose.life
        return Made(
            token: token, life: life,
            proof: Letter.Proof(
                link: "\(realm.link(to: purpose.page))?token=\(Base64URL.encode(secret))",
                code: purpose.hasCode ? code : nil, life: life))
    }

    func makeReset(_ found: FoundUser, as purpose: LetterPurpose = .resetPassword, in realm: Realm) -> Made {
        make(
            purpose, for: found.user.id, user: found.user.id, address: found.user.email,
            binding: binding(found.user, found.password), in: realm)
    }

    /// For an address that nobody has: the same writes as for one that somebody has.
    func makeDecoy(_ purpose: LetterPurpose, in realm: Realm) -> Made {
        make(
            purpose, for: parts.capabilities.id(User.self), user: nil, address: EmailAddress(text: "", key: ""),
            life: LetterPurpose.resetPassword.life, in: realm)
    }

    /// Stands for an account's address and, in letters with which a password is set, its present password. What was sent
    /// before they changed is worth nothing, also where whoever changed them forgot to remove the letters.
    func binding(_ user: User, _ password: StoredPassword? = nil) -> [UInt8] {
        Digest.sha256(
            user.id.bytes + Digest.sha256(Array(user.email.key.utf8)) + Digest.sha256(password?.hash.exposed ?? []))
    }

    /// Eight digits; the remainder's bias is far below what a guess is worth.
    private static func code(_ random: [UInt8]) -> String {
        let number = random.reduce(UInt64(0)) { $0 << 8 | UInt64($1) } % 100_000_000
        let digits = String(number)
        return String(repeating: "0", count: codeCount - digits.utf8.count) + digits
    }

    private func mac(of code: String, ticket: [UInt8]) -> [UInt8] {
        parts.recorder.fingerprint("letter code", Base64URL.encode(ticket), code).bytes
    }

    private func seal(_ json: JSON, under key: SubjectKey, ticket: [UInt8]) -> [UInt8] {
        let nonce = parts.capabilities.random(AEAD.nonceCount)
        return nonce
            + AEAD.seal(
                Array(json.text.utf8), key: key.key, nonce: nonce, associatedData: Self.place(ticket, key))
    }

    /// `nil` without the right key.
    func open(_ token: AccountToken, under key: SubjectKey?) -> JSON? {
        guard let key, token.data.count > AEAD.nonceCount,
            let plain = AEAD.open(
                Array(token.data.dropFirst(AEAD.nonceCount)), key: key.key,
                nonce: Array(token.data.prefix(AEAD.nonceCount)), associatedData: Self.place(token.id, key))
        else { return nil }
        return try? JSON.parse(plain)
    }

    private static func place(_ ticket: [UInt8], _ key: SubjectKey) -> [UInt8] {
        Array("letter".utf8) + ticket + key.subject.bytes
    }

    // MARK: Finding

    /// What is shown is spent in the flow's own transaction, so that of two only one has it. A code's try is counted here.
    func find(
        _ proof: MailProof, for purposes: [LetterPurpose], in realm: Realm, from source: Source
    ) async throws(StoreFault) -> Finding {
        let ticket: Throttles.Ticket
        let shown =
            switch proof {
            case .link(let text): text
            case .typed(let name, _): name
            }
        switch try await parts.throttles.take(.showProof, identifier: shown, in: realm, from: source) {
        case .go(let taken): ticket = taken
        case .wait(let delay): return .refused(.wait(delay))
        }
        let found: (AccountToken, String)?
        switch proof {
        case .link(let text): found = try await find(link: text, in: realm).map { ($0, "mail_link") }
        case .typed(let name, let code):
            found = try await find(ticket: name, code: code, in: realm).map { ($0, "mail_code") }
        }
        guard let (token, confirmedBy) = found, purposes.contains(token.purpose) else {
            noteRefusal(in: realm, from: source)
            return .refused(.notGood)
        }
        return .found(Shown(token: token, confirmedBy: confirmedBy, ticket: ticket))
    }

    func noteRefusal(in realm: Realm, from source: Source) {
        parts.refusals.note(reason: "letter_not_proven", realm: realm, source: source, route: "letter")
    }

    private func find(link text: String, in realm: Realm) async throws(StoreFault) -> AccountToken? {
        guard let secret = Base64URL.decode(text), secret.count == Self.tokenCount else { return nil }
        let digest = Digest.sha256(secret)
        return try await parts.store.read(in: .realm(realm.name)) { (reader) throws(StoreFault) in
            try reader.accountToken(digest: digest, realm: realm.name)
        }
    }

    private func find(ticket text: String, code: String, in realm: Realm) async throws(StoreFault) -> AccountToken? {
        guard let ticket = Self.ticket(text) else { return nil }
        // People group digits, and copy what stands around them.
        let digits = code.utf8.filter { $0 != 0x20 && $0 != UInt8(ascii: "-") }
        guard digits.count == Self.codeCount else { return nil }
        let token = try await parts.store.transaction(in: .realm(realm.name)) { (tx) throws(StoreFault) in
            try tx.countTry(atToken: ticket, realm: realm.name, most: LetterPurpose.mostTries, isCode: true)
        }
        guard let token, token.purpose.hasCode,
            constantTimeEqual(token.code, mac(of: String(decoding: digits, as: UTF8.self), ticket: ticket))
        else { return nil }
        return token
    }

    static func ticket(_ text: String) -> [UInt8]? {
        guard let bytes = Base64URL.decode(text), bytes.count == ticketCount else { return nil }
        return bytes
    }

    // MARK: Spending

    /// Whether address and password are still those that were in force when the letter was written.
    func isBound(
        _ token: AccountToken, to user: ID<User>, _ tx: any StoreTransaction
    ) throws(StoreFault) -> Bool {
        guard let present = try tx.user(user, realm: token.realm) else { return false }
        let password = token.purpose.setsPassword ? try tx.password(of: user) : nil
        return constantTimeEqual(binding(present, password), token.binding)
    }

    /// After the proof was good.
    func giveBack(_ shown: Shown) async throws(StoreFault) { try await parts.throttles.giveBack(shown.ticket) }
}

extension Recorder {
    /// Stands for an address where the address itself need not be.
    func reservation(of address: EmailAddress, _ realm: RealmName) -> [UInt8] {
        fingerprint("address", realm.text, address.key).bytes
    }
}

extension LetterPurpose {
    var setsPassword: Bool { self == .resetPassword || self == .invite }

    /// Where its letters lead.
    var page: LetterPage {
        switch self {
        case .confirmSignUp: .confirmSignUp
        case .verifyEmail: .verifyEmail
        case .resetPassword, .invite: .resetPassword
        case .changeEmail: .confirmEmailChange
        case .undoEmailChange: .undoEmailChange
        case .undoDeletion: .undoDeletion
        case .joinOrganisation: .joinOrganisation
        }
    }
}

extension Realm {
    /// An absolute URL.
    func link(to page: LetterPage) -> String { issuer + page.rawValue }
}
