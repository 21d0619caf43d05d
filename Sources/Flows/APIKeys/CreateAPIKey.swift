public import Domain
internal import HTTP
internal import Standards
public import Storage

/// Makes an API key. Its text is in the outcome, and nowhere else, ever.
public struct CreateAPIKey: Sendable {
    let store: any Store
    let recorder: Recorder
    let seals: APIKeySeals
    let live: LiveSessions
    let capabilities: Capabilities
    let dataKeys: DataKeys

    static let mostPermissions = 64
    static let mostNetworks = 64

    /// What the key shall be good for, as it was typed.
    public struct Input: Sendable {
        public let name: String
        /// `resource:action`; none for a key that may only verify.
        public let permissions: [String]
        /// Addresses or CIDR blocks; none for anywhere.
        public let networks: [String]
        public let expires: Expiry

        public init(name: String, permissions: [String], networks: [String], expires: Expiry) {
            self.name = name
            self.permissions = permissions
            self.networks = networks
            self.expires = expires
        }
    }

    public enum Expiry: Sendable {
        case never
        case at(Timestamp)
        case after(Duration)
    }

    public enum Outcome: Sendable {
        case created(text: String, APIKeySummary)
        case refused(CreationRefusal)
        case notRepeated(RepeatRefusal)
    }

    private enum Written: Sendable { case done, exists, notHeld, before(OnceOnly.Finding) }

    /// - Parameter request: of a client that may send it again: it gets the same text, which is kept sealed for that.
    public func callAsFunction(
        _ input: Input, in realm: RealmName, by actor: Actor, once request: RepeatableRequest? = nil
    ) async throws(StoreFault) -> Outcome {
        let once = OnceOnly(request, in: realm, dataKeys, capabilities)
        if let found = try await once?.look(in: store), let known = try await repeated(found, in: realm) {
            return known
        }
        let wish = try await examine(input, in: realm)
        guard wish.problems.isEmpty else { return .refused(.invalid(wish.problems)) }

        let id = capabilities.id(APIKey.self)
        let text = seals.make(id, in: realm)
        let key = StoredAPIKey(
            id: id, realm: realm, name: input.name, digest: text.digest, permissions: wish.permissions,
            networks: wish.networks, createdAt: wish.now, expiresAt: wish.expiresAt)
        let draft = try await recorder.draft(
            .createAPIKey, realm: realm, by: actor,
            details: [
                ("api_key", .string(id.text)), ("name", .string(key.name)),
                ("permissions", .array(key.permissions.map { .string($0) })),
                ("networks", .array(key.networks.map { .string($0) })),
                ("expires_at", key.expiresAt.map { .string($0.iso8601) } ?? .null),
            ], in: store)
        let answer = id.bytes + Array(text.text.utf8)
        let pairs = wish.permissions.compactMap { Permission.Pair(granting: $0) }
        let written = try await store.transaction { (tx) throws(StoreFault) -> Written in
            let authority = try actor.authority(in: realm, tx, for: GrantTerm(until: key.expiresAt))
            guard pairs.allSatisfy({ authority.mayGive($0) }) else { return .notHeld }
            if let finding = try once?.take(answer, tx), !finding.isNew { return .before(finding) }
            guard try tx.insert(key) else {
                try once?.forget(tx)
                return .exists
            }
            try draft.append(to: tx)
            try tx.announce(.apiKey(id, realm))
            return .done
        }
        switch written {
        case .done: break
        case .exists: return .refused(.exists(input.name))
        case .notHeld: return .refused(.notHeld)
        case .before(let finding):
            guard let known = try await repeated(finding, in: realm) else {
                throw .unexpected("a request was and was not made before")
            }
            return known
        }
        live.invalidate(.apiKey(id, realm))
        return .created(text: text.text, APIKeySummary(key, at: wish.now))
    }

    /// What the same request made before; `nil` where there was none.
    private func repeated(
        _ finding: OnceOnly.Finding, in realm: RealmName
    ) async throws(StoreFault) -> Outcome? {
        switch finding {
        case .new: return nil
        case .reused: return .notRepeated(.keyReused)
        case .known(let answer):
            let text = String(decoding: answer.dropFirst(16), as: UTF8.self)
            guard let id = ID<APIKey>(bytes: answer.prefix(16)) else { throw .damaged("a remembered answer is short") }
            return try await store.read { (reader) throws(StoreFault) -> Outcome in
                guard let key = try reader.apiKey(id, realm: realm) else { return .notRepeated(.gone) }
                return .created(text: text, APIKeySummary(key, at: reader.now))
            }
        }
    }

    /// Everything that is wrong with a wish; the name may be taken besides.
    public func problems(of input: Input, in realm: RealmName) async throws(StoreFault) -> [FieldProblem] {
        try await examine(input, in: realm).problems
    }

    private struct Wish: Sendable {
        let problems: [FieldProblem]
        let permissions: [String]
        let networks: [String]
        let expiresAt: Timestamp?
        let now: Timestamp
    }

    private func examine(_ input: Input, in realm: RealmName) async throws(StoreFault) -> Wish {
        let pairs = input.permissions.map { Permission.Pair(granting: $0) }
        // A list that is too long is not looked up.
        let looked = pairs.count > Self.mostPermissions ? [] : pairs.compactMap(\.self)
        let (known, now) = try await store.read { (reader) throws(StoreFault) -> (Set<Permission.Pair>, Timestamp) in
            var known: Set<Permission.Pair> = []
            for pair in looked {
                if AdminRight.allows(pair) {
                    known.insert(pair)
                } else if try reader.permission(pair, realm: realm) != nil {
                    known.insert(pair)
                }
            }
            return (known, reader.now)
        }
        let expiresAt: Timestamp? =
            switch input.expires {
            case .never: nil
            case .at(let time): time
            case .after(let time): now + time
            }
        let blocks = input.networks.map { AddressBlock($0) }
        let problems =
            APIKeyProblems.name(input.name) + APIKeyProblems.permissions(pairs, known: known)
            + APIKeyProblems.networks(blocks) + APIKeyProblems.expiry(expiresAt, at: now)
        return Wish(
            problems: problems, permissions: Set(looked.map(\.description)).sorted(),
            networks: Set(blocks.compactMap { $0?.description }).sorted(), expiresAt: expiresAt, now: now)
    }
}
