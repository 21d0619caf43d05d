internal import Crypto
internal import Domain
internal import HTTP
internal import Standards
internal import Storage

/// What a client says so that a request which it sends twice, because the first answer was lost, is carried out once:
/// the field `Idempotency-Key`, with what was asked under it.
public struct RepeatableRequest: Sendable {
    let key: String
    let operation: String
    let caller: String
    let body: String

    /// - Parameters:
    ///   - operation: a word of its own for each kind of request, such as `create_user`.
    ///   - body: in a form in which equal requests are equal.
    public init(key: String, operation: String, body: String, by caller: AuthResult) {
        self.init(key: key, operation: operation, body: body, by: caller.caller)
    }

    public init(key: String, operation: String, body: String, by person: Principal) {
        self.init(key: key, operation: operation, body: body, by: person.user.id)
    }

    private init(key: String, operation: String, body: String, by caller: ID<User>) {
        self.key = key
        self.operation = operation
        self.caller = caller.text
        self.body = body
    }
}

/// Why a request that has an idempotency key is not carried out.
public enum RepeatRefusal: Sendable {
    /// The key was used for something else.
    case keyReused
    /// It was carried out before, and what it made is gone since.
    case gone
}

/// Carries a request that makes something out once, and gives its answer again to whoever repeats it.
///
/// How a flow that makes something uses it; see ``AddPerson`` for one that does.
///
/// 1. It takes `once request: RepeatableRequest? = nil` and begins with ``look(in:)``: where the answer is known it
///    gives it, and where the key was used for something else it refuses.
/// 2. Inside its transaction, before it writes anything, it calls ``take(_:_:)`` with what it will have made, usually an
///    id. Of two requests at once the second one waits there for the first one's end.
/// 3. Where it refuses after that, and the transaction is to be committed, it calls ``forget(_:)``: a refusal is not
///    remembered, so that the same key may be tried again.
///
/// What is remembered is sealed under a key that follows from the server's own and from the client's idempotency key. So
/// an answer may hold a secret, such as an API key's text: whoever reads the database cannot open it, also not with the
/// master key, without what the client sent.
struct OnceOnly: Sendable {
    private let marks: [AnswerKeys.Mark]
    private let realm: RealmName
    private let random: @Sendable (Int) -> [UInt8]

    enum Finding: Sendable {
        /// It was not asked before.
        case new
        case known([UInt8])
        /// The key was used for something else.
        case reused

        var isNew: Bool { if case .new = self { true } else { false } }
    }

    /// `nil` where the client did not ask for it.
    init?(_ request: RepeatableRequest?, in realm: RealmName, _ keys: DataKeys, _ capabilities: Capabilities) {
        guard let request else { return nil }
        marks = AnswerKeys(keys, now: capabilities.now()).marks(
            of: ["once", request.operation, request.caller, request.key], saying: [request.operation, request.body])
        self.realm = realm
        random = capabilities.random
    }

    /// Whether the request was carried out before. Its end may still be under way: ``take(_:_:)`` decides.
    func look(in store: any Store) async throws(StoreFault) -> Finding {
        try await store.read(in: .realm(realm)) { (reader) throws(StoreFault) in try present(reader) }
    }

    /// Takes the key for this request, with its answer.
    func take(_ answer: [UInt8], _ tx: any StoreTransaction) throws(StoreFault) -> Finding {
        guard let newest = marks.first else { return .new }
        let known = try present(tx)
        guard case .new = known else { return known }
        let own = RememberedAnswer(fingerprint: newest.fingerprint, answer: seal(answer, newest))
        if try tx.remember(own, digest: newest.digest, realm: realm) { return .new }
        let other = try present(tx)
        if case .new = other { throw .busy("an answer was forgotten at the same moment") }
        return other
    }

    /// What making something with an id came to, before anything of it is written.
    enum Beginning<Thing: Sendable>: Sendable {
        case new
        /// The same request made it before; it is told as it is now.
        case made(Thing)
        case refused(RepeatRefusal)
    }

    /// The same as ``take(_:_:)``, for what is found again by its id.
    func begin<Named, Thing>(
        _ id: ID<Named>, _ tx: any StoreTransaction, find: (ID<Named>) throws(StoreFault) -> Thing?
    ) throws(StoreFault) -> Beginning<Thing> {
        switch try take(id.bytes, tx) {
        case .new: return .new
        case .reused: return .refused(.keyReused)
        case .known(let answer):
            guard let id = ID<Named>(bytes: answer[...]) else { throw .damaged("a remembered answer is no id") }
            return try find(id).map { .made($0) } ?? .refused(.gone)
        }
    }

    func forget(_ tx: any StoreTransaction) throws(StoreFault) {
        if let newest = marks.first { try tx.forgetAnswer(newest.digest, realm: realm) }
    }

    private func present(_ reader: any StoreReader) throws(StoreFault) -> Finding {
        for mark in marks {
            guard let known = try reader.rememberedAnswer(mark.digest, realm: realm) else { continue }
            guard known.fingerprint == mark.fingerprint else { return .reused }
            guard let answer = open(known.answer, mark) else { throw .damaged("a remembered answer cannot be read") }
            return .known(answer)
        }
        return .new
    }

    private func seal(_ answer: [UInt8], _ mark: AnswerKeys.Mark) -> [UInt8] {
        let nonce = random(AEAD.nonceCount)
        return nonce + AEAD.seal(answer, key: mark.sealingKey, nonce: nonce, associatedData: mark.digest)
    }

    private func open(_ sealed: [UInt8], _ mark: AnswerKeys.Mark) -> [UInt8]? {
        AEAD.open(
            Array(sealed.dropFirst(AEAD.nonceCount)), key: mark.sealingKey,
            nonce: Array(sealed.prefix(AEAD.nonceCount)), associatedData: mark.digest)
    }
}
