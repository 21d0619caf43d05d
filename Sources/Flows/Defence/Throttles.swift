internal import Domain
internal import Storage

/// Slows down whoever tries too often, and lets the owner of an account in meanwhile.
///
/// A try is taken before the work begins, so that a thousand at once are counted as a thousand, and given back where it
/// turns out to have been good.
final class Throttles: Sendable {
    let store: any Store
    let keys: DefenceKeys
    let capabilities: Capabilities

    init(store: any Store, keys: DefenceKeys, capabilities: Capabilities) {
        self.store = store
        self.keys = keys
        self.capabilities = capabilities
    }

    /// What is tried; each has a budget of its own.
    enum Act: String, CaseIterable, Sendable {
        case signIn = "sign_in"
        case signUp = "sign_up"
        /// Asking for a mail: forgotten password, another confirmation.
        case askForMail = "ask_for_mail"
        /// Showing what a mail carried, typed or clicked.
        case showProof = "show_proof"
        /// A signed-in person proving their password once more.
        case provePassword = "prove_password"
        /// Taking everything that is known about oneself.
        case exportData = "export_data"
        /// Showing the break-glass code. It has too many bits to be guessed; this bounds the work.
        case breakGlass = "break_glass"
        /// Inviting into an organisation: counted for the organisation and for whoever invites.
        case invite
        /// The same for whoever is invited.
        case beInvited = "be_invited"
        /// Changing one's own attributes.
        case changeProfile = "change_profile"
        /// Agreeing to texts, or taking that back.
        case decideConsents = "decide_consents"
    }

    /// A try that was let through.
    struct Ticket: Sendable {
        let taken: [ThrottleBucket]
        /// Stands for the account and where it is tried from; `nil` where nothing is to be remembered of a success.
        let network: [UInt8]?
    }

    enum Verdict: Sendable {
        case go(Ticket)
        /// Told in the same words for accounts that exist and that do not.
        case wait(Duration)
    }

    /// For how long a network is known from which somebody signed in.
    static let networkMemory = Duration.seconds(30 * 86_400)

    /// - Parameters:
    ///   - identifier: normalised, as ``LoginName/key``; kept only as HMAC(realm, identifier). `nil` where the act names nobody.
    ///   - device: what the client showed as its device's mark; `nil` for none.
    ///   - account: whose mark and whose networks count; `nil` where nobody is known by the identifier. Makes no difference
    ///     to how many questions the database is asked.
    ///   - password: when the account's password became the present one, which marks are bound to.
    func take(
        _ act: Act, identifier: String?, in realm: Realm, from source: Source, device: String? = nil,
        account: ID<User>? = nil, since password: Timestamp? = nil
    ) async throws(StoreFault) -> Verdict {
        let lanes = Lanes(
            act, identifier, in: realm, from: source, device: device, account: account, since: password, keys)
        return try await store.transaction { (tx) throws(StoreFault) in try lanes.take(tx) }
    }

    /// The try was the owner's: it does not count.
    func giveBack(_ ticket: Ticket) async throws(StoreFault) {
        try await store.transaction { (tx) throws(StoreFault) in try self.giveBack(ticket, tx) }
    }

    /// The same in the transaction that lets the owner in; one statement. Where somebody signed in, the network is known from
    /// now on. Call it after what else is locked.
    func giveBack(_ ticket: Ticket, _ tx: any StoreTransaction) throws(StoreFault) {
        try tx.giveBack(
            ticket.taken, at: tx.now, remembering: ticket.network, until: tx.now + Self.networkMemory)
    }

    /// Nothing came to be tried, because the server was busy or the client left: it does not count, and proves nothing.
    func cancel(_ ticket: Ticket) async throws(StoreFault) {
        try await store.transaction { (tx) throws(StoreFault) in
            try tx.giveBack(ticket.taken, at: tx.now, remembering: nil, until: tx.now)
        }
    }

    /// What a browser shows from now on, because this account signed in with it.
    ///
    /// - Parameter password: when the account's password became the present one.
    func mark(for account: ID<User>, since password: Timestamp, in realm: Realm, after shown: String?) -> String {
        DeviceMark.made(
            for: account, since: password, in: realm.name, after: shown.flatMap(DeviceMark.init), keys, capabilities
        ).text
    }

    /// Forgets what was tried against somebody under any of these names; returns how many counters there were.
    func clear(_ identifiers: [String], in realm: RealmName, _ tx: any StoreTransaction) throws(StoreFault) -> Int64 {
        try tx.clearThrottles(
            Act.allCases.flatMap { act in identifiers.map { Lanes.key(ofAccount: $0, act, realm, keys) } }, at: tx.now)
    }
}
