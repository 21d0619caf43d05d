public import Domain
internal import Standards
public import Storage

/// What people agreed to: shown, given, withdrawn.
public struct ManageConsents: Sendable {
    let store: any Store
    let recorder: Recorder
    let throttles: Throttles
    let capabilities: Capabilities

    /// One decision as its person, or an administrator, sees it.
    public struct Decision: Sendable {
        public let document: String
        public let version: Int64
        public let digest: String
        public let isGiven: Bool
        public let at: Timestamp
        /// `nil` once the person was erased.
        public let origin: SessionOrigin?
        /// The event that proves it.
        public let event: ID<Event>

        init(_ record: ConsentRecord, _ key: SubjectKey?) {
            document = record.document
            version = record.version
            digest = record.digest
            isGiven = record.isGiven
            at = record.decidedAt
            origin = ConsentSource.open(record, under: key)
            event = record.event
        }
    }

    public struct Page: Sendable {
        /// What is required at present and not agreed to.
        public let needed: [TermsDocument]
        /// What holds: of each document the last decision.
        public let current: [Decision]
        /// All decisions, oldest first.
        public let history: [Decision]
        /// Where the next page of the history begins; `nil` at the end.
        public let next: Int64?
    }

    /// - Parameter reference: an id, a username or an address.
    /// - Returns: `nil` where there is no such user.
    public func list(
        of reference: String, in realm: Realm, after place: Int64 = 0, limit: Int = 50
    ) async throws(StoreFault) -> Page? {
        let name = realm.name
        let found = try await store.read(in: .realm(name)) { (reader) throws(StoreFault) -> Found? in
            guard let user = try UserReference(text: reference).find(in: name, reader) else { return nil }
            return Found(
                user: user.id, wrapped: try reader.subjectKey(of: user.id, realm: name),
                latest: try reader.latestConsents(of: user.id, realm: name),
                history: try reader.consents(of: user.id, realm: name, after: place, limit: limit + 1))
        }
        guard let found else { return nil }
        let key = recorder.subjectKeys.open(found.wrapped, for: found.user, realm: name)
        let page = found.history.prefix(limit)
        return Page(
            needed: Self.needed(realm.rules.privacy.terms, found.latest),
            current: found.latest.map { Decision($0, key) }, history: page.map { Decision($0.record, key) },
            next: found.history.count > limit ? page.last?.place : nil)
    }

    private struct Found: Sendable {
        let user: ID<User>
        let wrapped: [UInt8]?
        let latest: [ConsentRecord]
        let history: [PlacedConsent]
    }

    static func needed(_ terms: [TermsDocument], _ latest: [ConsentRecord]) -> [TermsDocument] {
        terms.filter { document in document.isRequired && !latest.contains { $0.isAgreement(to: document) } }
    }

    public enum Outcome: Sendable {
        /// What is required at present and still not agreed to.
        case decided(needed: [TermsDocument])
        case refused(Refusal)
    }

    public enum Refusal: Sendable {
        case invalid([FieldProblem])
        /// The account is gone.
        case noSuchUser
        case throttled(retryAfter: Duration)
    }

    /// What says what holds already leaves no trace, so that sending it twice is as good as once.
    ///
    /// - Parameters:
    ///   - given: each as `name@version`, the present version.
    ///   - withdrawn: names of documents.
    public func decide(
        giving given: [String], withdrawing withdrawn: [String], in realm: Realm, by actor: Actor
    ) async throws(StoreFault) -> Outcome {
        guard let person = actor.person else { return .refused(.noSuchUser) }
        switch try await throttles.take(
            .decideConsents, identifier: person.id.text, in: realm, from: actor.source)
        {
        case .go: break
        case .wait(let delay): return .refused(.throttled(retryAfter: delay))
        }
        let terms = realm.rules.privacy.terms
        var (documents, problems) = ConsentChoice.read(given, field: "give", terms)
        if given.isEmpty && withdrawn.isEmpty { problems.add("give", "required", "or 'withdraw' must name a document") }
        for (index, name) in withdrawn.enumerated() {
            if documents.contains(where: { $0.name.utf8.elementsEqual(name.utf8) }) {
                problems.add("withdraw[\(index)]", "repeated", "must not be given and withdrawn at once")
            }
        }
        let name = realm.name
        let (wrapped, latest) = try await store.read(in: .realm(name)) { (reader) throws(StoreFault) in
            (
                try reader.subjectKey(of: person.id, realm: name),
                try reader.latestConsents(of: person.id, realm: name)
            )
        }
        var leaving: [TermsDocument] = []
        for (index, name) in withdrawn.enumerated() {
            guard let record = latest.first(where: { $0.document.utf8.elementsEqual(name.utf8) }) else {
                problems.add("withdraw[\(index)]", "no_such_consent", "was never agreed to")
                continue
            }
            if record.isGiven, !leaving.contains(record.terms) { leaving.append(record.terms) }
        }
        guard problems.isEmpty else { return .refused(.invalid(problems)) }
        documents.removeAll { document in latest.contains { $0.isAgreement(to: document) } }
        let draft = ConsentDraft(
            giving: documents, withdrawing: leaving, by: person.id, in: name, confirmedBy: actor.confirmedBy,
            source: actor.source,
            part: recorder.part(
                recorder.subjectKeys.open(wrapped, for: person.id, realm: name), user: person, source: actor.source),
            recorder, capabilities)
        let after = try await store.transaction(in: .realm(name)) { (tx) throws(StoreFault) -> [ConsentRecord]? in
            // Whoever was erased meanwhile leaves no new rows.
            guard try tx.user(person.id, realm: name) != nil else { return nil }
            try draft.append(to: tx)
            return try tx.latestConsents(of: person.id, realm: name)
        }
        guard let after else { return .refused(.noSuchUser) }
        return .decided(needed: Self.needed(terms, after))
    }
}

extension ConsentRecord {
    /// The version that the decision was about.
    fileprivate var terms: TermsDocument {
        TermsDocument(name: document, version: version, digest: digest.isEmpty ? nil : digest)
    }

    fileprivate func isAgreement(to terms: TermsDocument) -> Bool {
        isGiven && document.utf8.elementsEqual(terms.name.utf8) && version == terms.version
    }
}
