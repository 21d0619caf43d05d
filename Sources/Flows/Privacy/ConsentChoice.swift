internal import Crypto
internal import Domain
internal import Standards
internal import Storage

/// What a person agrees to, checked against what the realm asks for at present.
struct ConsentChoice: Sendable {
    let documents: [TermsDocument]

    /// At sign-up: everything that is required must be among what was given. Each is written `name@version`.
    ///
    /// The choice holds what is right in any case; all that is wrong stands in `problems`.
    static func check(_ given: [String], in realm: Realm) -> (choice: ConsentChoice, problems: [FieldProblem]) {
        let terms = realm.rules.privacy.terms
        var (chosen, problems) = read(given, field: "consents", terms)
        for document in terms where document.isRequired && !chosen.contains(document) {
            problems.add("consents", "consent_required", "must have '\(document.reference)'")
        }
        chosen.sort { $0.name < $1.name }
        return (ConsentChoice(documents: chosen), problems)
    }

    /// Only present versions can be agreed to: nobody can have read what is not shown any more.
    static func read(
        _ given: [String], field: String, _ terms: [TermsDocument]
    ) -> (chosen: [TermsDocument], problems: [FieldProblem]) {
        var problems: [FieldProblem] = []
        var chosen: [TermsDocument] = []
        for (index, text) in given.enumerated() {
            let place = "\(field)[\(index)]"
            guard let document = terms.first(where: { $0.reference.utf8.elementsEqual(text.utf8) }) else {
                let known = terms.map(\.reference).joined(separator: ", ")
                problems.add(
                    place, "no_such_document", known.isEmpty ? "is not asked for here" : "must be one of: \(known)")
                continue
            }
            if chosen.contains(document) { problems.add(place, "repeated", "must be given once") }
            chosen.append(document)
        }
        return (chosen, problems)
    }

    /// For what is kept until a sign-up is confirmed: also the version that was shown stays what was agreed to.
    var json: JSON { .documents(documents) }

    init(documents: [TermsDocument]) { self.documents = documents }

    /// What ``json`` wrote.
    init(_ json: JSON?) { documents = json?.documents ?? [] }
}

/// Decisions that wait for their transaction, each with the event that proves it.
struct ConsentDraft: Sendable {
    private struct Entry: Sendable {
        let document: TermsDocument
        let id: ID<Consent>
        let isGiven: Bool
        let source: [UInt8]
        let event: EventDraft
    }

    private let user: ID<User>
    private let realm: RealmName
    private let entries: [Entry]

    /// - Parameter part: the person's part of the events, whose key also seals where the decision came from.
    init(
        giving given: [TermsDocument] = [], withdrawing withdrawn: [TermsDocument] = [], by user: ID<User>,
        in realm: RealmName, confirmedBy: String, source: Source, part: Recorder.PersonalPart, _ recorder: Recorder,
        _ capabilities: Capabilities
    ) {
        self.user = user
        self.realm = realm
        let decisions = given.map { ($0, true) } + withdrawn.map { ($0, false) }
        entries = decisions.map { document, isGiven in
            let id = capabilities.id(Consent.self)
            let details: [(String, JSON)] = [
                ("document", .string(document.name)), ("version", .integer(document.version)),
                ("consent", .string(id.text)),
            ]
            return Entry(
                document: document, id: id, isGiven: isGiven,
                source: ConsentSource.seal(source, of: id, under: part.key, random: capabilities.random),
                event: recorder.draft(
                    isGiven ? .giveConsent : .withdrawConsent, realm: realm, actor: user, confirmedBy: confirmedBy,
                    source: source, details: details + (document.digest.map { [("digest", .string($0))] } ?? []),
                    personal: [part]))
        }
    }

    /// Writes the rows and their events.
    func append(to tx: any StoreTransaction) throws(StoreFault) {
        for entry in entries {
            try tx.insert(
                ConsentRecord(
                    id: entry.id, realm: realm, user: user, document: entry.document.name,
                    version: entry.document.version, digest: entry.document.digest ?? "", isGiven: entry.isGiven,
                    source: entry.source, event: entry.event.id, decidedAt: tx.now))
            try entry.event.append(to: tx)
        }
    }
}

/// Where a decision came from, as it is kept beside it.
enum ConsentSource {
    /// Empty without a key: of somebody who was erased nothing is kept.
    static func seal(
        _ source: Source, of consent: ID<Consent>, under key: SubjectKey?, random: (Int) -> [UInt8]
    ) -> [UInt8] {
        guard let key else { return [] }
        let json: JSON = ["ip": .string(source.address), "user_agent": .string(source.userAgent)]
        let nonce = random(AEAD.nonceCount)
        return nonce
            + AEAD.seal(
                json.bytes, key: key.key, nonce: nonce, associatedData: consent.bytes + key.subject.bytes)
    }

    static func open(_ record: ConsentRecord, under key: SubjectKey?) -> SessionOrigin? {
        guard let key, record.source.count > AEAD.nonceCount,
            let plain = AEAD.open(
                Array(record.source.dropFirst(AEAD.nonceCount)), key: key.key,
                nonce: Array(record.source.prefix(AEAD.nonceCount)),
                associatedData: record.id.bytes + key.subject.bytes),
            let json = try? JSON.parse(plain)
        else { return nil }
        return SessionOrigin(address: json["ip"]?.string ?? "", userAgent: json["user_agent"]?.string ?? "")
    }
}
