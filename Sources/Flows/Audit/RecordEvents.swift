public import Domain
internal import Standards
public import Storage

/// Writes events of applications into the audit: all of a batch or none of it, and once however often it is sent.
///
/// What an application writes can never pass for this server's own: its deeds are `app:`, the application's name, `:`
/// and a verb, while this server's have no colon. The name is one for which the caller holds the permission
/// `application:NAME`, so it is the administrator who says who may speak as whom.
public struct RecordEvents: Sendable {
    let store: any Store
    let recorder: Recorder
    let answers: AnswerKeys
    let rates: CallerRates

    public static let mostEvents = 100
    /// How long an answer is given again; afterwards the same key writes anew.
    static let memory = Duration.seconds(72 * 3_600)
    static let resource = Permission.Pair.applicationResource

    public struct Recorded: Hashable, Sendable {
        public let id: ID<Event>
        public let when: Timestamp
        public let did: String

        public init(id: ID<Event>, when: Timestamp, did: String) {
            self.id = id
            self.when = when
            self.did = did
        }
    }

    public enum Outcome: Sendable { case recorded([Recorded]), refused(Refusal) }
    public enum Refusal: Sendable {
        case invalid([FieldProblem])
        /// The permission `application:NAME`, or any of that resource where none was named, is missing.
        case applicationRequired
        /// The idempotency key, or the event's own id, was used for something else.
        case keyReused
        case tooMany(retryAfter: Duration)
    }

    /// `key` is the client's idempotency key; `author` a person or a program.
    public func callAsFunction(
        _ events: [ApplicationEvent], as application: String?, key: String?, by author: AuthResult, in realm: RealmName,
        from source: Source
    ) async throws(StoreFault) -> Outcome {
        if case .wait(let delay) = rates.take(Int64(max(1, events.count)), for: author.caller) {
            return .refused(.tooMany(retryAfter: delay))
        }
        let name: String
        switch Self.application(application, of: author.grants) {
        case .success(let found): name = found
        case .failure(let problem): return .refused(problem.refusal)
        }
        let problems = Self.problems(events)
        guard problems.isEmpty else { return .refused(.invalid(problems)) }

        let keys = try await subjectKeys(of: events, and: author.principal?.user.id, in: realm)
        let strangers = events.enumerated().compactMap { place, event -> FieldProblem? in
            guard let subject = event.subject, keys[subject] == nil else { return nil }
            return FieldProblem(
                field: "events[\(place)].subject", code: "unknown", message: "is no user of this realm")
        }
        guard strangers.isEmpty else { return .refused(.invalid(strangers)) }

        let authorship = authorship(of: author, in: realm, keys, from: source)
        let drafts = events.map { event in
            Draft(
                event: draft(event, name, authorship, keys, source), did: Self.did(name, event.verb),
                marks: event.id.map { answers.marks(of: ["event", name, $0], saying: event.words) } ?? [])
        }
        let batch = key.map { key in
            answers.marks(of: ["batch", author.caller.text, key], saying: [name] + events.flatMap(\.words))
        }
        let written = try await store.transaction(in: .realm(realm)) { (tx) throws(StoreFault) in
            try Writing(drafts: drafts, batch: batch ?? [], realm: realm).run(tx)
        }
        guard let written else { return .refused(.keyReused) }
        return .recorded(
            zip(written, drafts).map { Recorded(id: $0.id, when: $0.when, did: $1.did) })
    }

    private struct Problem: Error { let refusal: Refusal }

    /// The pairs the caller holds decide, not other names of permissions, which may look like a pair.
    private static func application(_ wanted: String?, of grants: Grants) -> Result<String, Problem> {
        let names = grants.permissions.compactMap { pair -> String? in
            guard pair.hasPrefix("\(resource):") else { return nil }
            return String(pair.dropFirst(resource.utf8.count + 1))
        }
        if let wanted {
            guard names.contains(where: { $0.utf8.elementsEqual(wanted.utf8) }) else {
                return .failure(Problem(refusal: .applicationRequired))
            }
            return .success(wanted)
        }
        guard let only = names.first else { return .failure(Problem(refusal: .applicationRequired)) }
        guard names.count == 1 else {
            return .failure(
                Problem(
                    refusal: .invalid([
                        FieldProblem(
                            field: "application", code: "required",
                            message: "is required, because you may write for several applications")
                    ])))
        }
        return .success(only)
    }

    private static func problems(_ events: [ApplicationEvent]) -> [FieldProblem] {
        var problems = events.enumerated().flatMap { $1.problems(at: $0) }
        var seen: Set<[UInt8]> = []
        for (place, event) in events.enumerated() {
            guard let id = event.id, !seen.insert(Array(id.utf8)).inserted else { continue }
            problems.append(
                FieldProblem(
                    field: "events[\(place)].id", code: "repeated", message: "is the id of another event of the batch"))
        }
        return problems
    }

    static func did(_ application: String, _ verb: String) -> String { "app:\(application):\(verb)" }

    /// Of everybody the events speak of; whoever has none is unknown here, or was erased.
    private func subjectKeys(
        of events: [ApplicationEvent], and author: ID<User>?, in realm: RealmName
    ) async throws(StoreFault) -> [ID<User>: SubjectKey] {
        let people = Set(events.compactMap(\.subject) + [author].compactMap(\.self))
        let wrapped = try await store.read(in: .realm(realm)) { (reader) throws(StoreFault) in
            var wrapped: [ID<User>: [UInt8]] = [:]
            for person in people where try reader.user(person, realm: realm) != nil {
                wrapped[person] = try reader.subjectKey(of: person, realm: realm)
            }
            return wrapped
        }
        var keys: [ID<User>: SubjectKey] = [:]
        for (person, bytes) in wrapped {
            keys[person] = recorder.subjectKeys.open(bytes, for: person, realm: realm)
        }
        return keys
    }

    /// What all events of a batch say of who wrote them.
    private struct Authorship: Sendable {
        let realm: RealmName
        let actor: ID<User>?
        let confirmedBy: String
        let details: [(String, JSON)]
        let personal: [Recorder.PersonalPart]
    }

    /// A program is no person, so nothing personal is known of it: who it is, is the server itself with that key.
    private func authorship(
        of author: AuthResult, in realm: RealmName, _ keys: [ID<User>: SubjectKey], from source: Source
    ) -> Authorship {
        switch author.holder {
        case .person(let principal):
            Authorship(
                realm: realm, actor: principal.user.id, confirmedBy: author.source.confirmation, details: [],
                personal: [recorder.part(keys[principal.user.id], user: principal.user, source: source)])
        case .service(let holder):
            Authorship(
                realm: realm, actor: nil, confirmedBy: author.source.confirmation,
                details: [("api_key", .string(holder.id?.text ?? holder.name))], personal: [])
        }
    }

    /// Everything of the application's stands under names that no other detail has: `data`, `document`, `personal`.
    private func draft(
        _ event: ApplicationEvent, _ application: String, _ author: Authorship, _ keys: [ID<User>: SubjectKey],
        _ source: Source
    ) -> EventDraft {
        var details: [(String, JSON)] =
            [
                ("application", .string(application)), ("kind", .string(event.kind.rawValue)),
            ] + author.details
        if let id = event.id { details.append(("source_id", .string(id))) }
        if let data = event.details { details.append(("data", data)) }
        if let document = event.document { details.append(("document", document.json)) }
        if let subject = event.subject { details.append(("subject_id", .string(subject.text))) }
        var personal = author.personal
        if let subject = event.subject, let data = event.personal {
            personal.append(Recorder.PersonalPart(key: keys[subject], details: [("personal", data)]))
        }
        return recorder.draft(
            did: Self.did(application, event.verb), event.consequences, realm: author.realm, status: event.status,
            actor: author.actor, confirmedBy: author.confirmedBy, source: source, details: details, personal: personal)
    }
}

extension ApplicationEvent.Document {
    var json: JSON {
        var members = [
            JSON.Member("title", .string(title)), JSON.Member("sha256", .string(sha256)),
            JSON.Member("media_type", .string(mediaType)), JSON.Member("size", .integer(size)),
        ]
        if let uri { members.append(JSON.Member("uri", .string(uri))) }
        return .object(members)
    }
}

extension ApplicationEvent {
    /// Everything that the application said, whatever spaces it used; always as many words.
    fileprivate var words: [String] {
        [
            id ?? "", verb, kind.rawValue, status ? "1" : "0", consequences.ifOK, consequences.ifDoubt,
            consequences.ifNot, details?.text ?? "", document?.json.text ?? "", subject?.text ?? "",
            personal?.text ?? "",
        ]
    }
}

extension RecordEvents {
    fileprivate struct Draft: Sendable {
        let event: EventDraft
        let did: String
        /// Of the event's own id; empty where it has none.
        let marks: [AnswerKeys.Mark]
    }

    /// What an answer must remember of an event.
    fileprivate struct Place: Sendable {
        let id: ID<Event>
        let when: Timestamp

        var bytes: [UInt8] {
            id.bytes + stride(from: 56, through: 0, by: -8).map { UInt8(truncatingIfNeeded: when.milliseconds >> $0) }
        }

        static func decode(_ bytes: [UInt8]) throws(StoreFault) -> [Place] {
            var places: [Place] = []
            for start in stride(from: 0, to: bytes.count, by: 24) {
                guard start + 24 <= bytes.count, let id = ID<Event>(bytes: bytes[start..<start + 16]) else {
                    throw .damaged("a remembered answer cannot be read")
                }
                let time = bytes[(start + 16)..<(start + 24)].reduce(Int64(0)) { $0 << 8 | Int64($1) }
                places.append(Place(id: id, when: Timestamp(milliseconds: time)))
            }
            return places
        }
    }

    /// The transaction: first every key is taken, then the events are written. Whoever loses a race for a key waits for
    /// the winner and then gives its answer.
    fileprivate struct Writing: Sendable {
        let drafts: [Draft]
        let batch: [AnswerKeys.Mark]
        let realm: RealmName

        private enum Taking {
            case taken
            case answered([Place])
            /// The key stands for something else.
            case reused
        }

        /// `nil` when a key was used for something else; then nothing is written.
        func run(_ tx: any StoreTransaction) throws(StoreFault) -> [Place]? {
            if let known = try present(batch, tx) { return known }
            var places = drafts.map { Place(id: $0.event.id, when: tx.now) }
            var taken: [[UInt8]] = []
            var known: Set<Int> = []
            // In one order for everybody, so that two batches with the same keys cannot wait for each other.
            let keyed = drafts.indices.filter { !drafts[$0].marks.isEmpty }
            for index in keyed.sorted(by: { Self.isBefore(drafts[$0].marks, drafts[$1].marks) }) {
                switch try take(drafts[index].marks, places[index].bytes, tx) {
                case .taken: taken += drafts[index].marks.prefix(1).map(\.digest)
                case .answered(let answer):
                    if let place = answer.first { places[index] = place }
                    known.insert(index)
                case .reused:
                    try forget(taken, tx)
                    return nil
                }
            }
            if !batch.isEmpty {
                switch try take(batch, places.flatMap(\.bytes), tx) {
                case .taken: break
                case .answered(let answer):
                    try forget(taken, tx)
                    return answer
                case .reused:
                    try forget(taken, tx)
                    return nil
                }
            }
            for (index, draft) in drafts.enumerated() where !known.contains(index) { try draft.event.append(to: tx) }
            return places
        }

        /// The answer of a batch that was written before; nothing where the key was not used, or not for this.
        private func present(_ marks: [AnswerKeys.Mark], _ tx: any StoreTransaction) throws(StoreFault) -> [Place]? {
            for mark in marks {
                guard let known = try tx.rememberedAnswer(mark.digest, realm: realm) else { continue }
                return known.fingerprint == mark.fingerprint ? try Place.decode(known.answer) : nil
            }
            return nil
        }

        /// Takes the newest mark, unless any of them stands for an answer already.
        private func take(
            _ marks: [AnswerKeys.Mark], _ answer: [UInt8], _ tx: any StoreTransaction
        ) throws(StoreFault) -> Taking {
            guard let newest = marks.first else { return .taken }
            for mark in marks.dropFirst() {
                if let known = try tx.rememberedAnswer(mark.digest, realm: realm) { return try judge(known, mark) }
            }
            let own = RememberedAnswer(fingerprint: newest.fingerprint, answer: answer)
            if try tx.remember(own, digest: newest.digest, realm: realm) { return .taken }
            guard let present = try tx.rememberedAnswer(newest.digest, realm: realm) else {
                throw .busy("an answer was forgotten at the same moment")
            }
            return try judge(present, newest)
        }

        private func judge(_ known: RememberedAnswer, _ mark: AnswerKeys.Mark) throws(StoreFault) -> Taking {
            known.fingerprint == mark.fingerprint ? .answered(try Place.decode(known.answer)) : .reused
        }

        private func forget(_ keys: [[UInt8]], _ tx: any StoreTransaction) throws(StoreFault) {
            for key in keys { try tx.forgetAnswer(key, realm: realm) }
        }

        private static func isBefore(_ left: [AnswerKeys.Mark], _ right: [AnswerKeys.Mark]) -> Bool {
            (left.first?.digest ?? []).lexicographicallyPrecedes(right.first?.digest ?? [])
        }
    }
}
