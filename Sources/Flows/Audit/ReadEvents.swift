public import Domain
internal import Standards
public import Storage

/// Reads audit events back: opened where the subjects' keys still exist, and checked against their MACs.
struct EventReader: Sendable {
    let recorder: Recorder
    let capabilities: Capabilities

    /// An event with the wrapped keys of everybody it speaks of.
    struct Sealed: Sendable {
        let placed: PlacedEvent
        let wrappedKeys: [[UInt8]?]
    }

    static func withKeys(_ events: [PlacedEvent], _ reader: any StoreReader) throws(StoreFault) -> [Sealed] {
        var known: [SubjectOfRealm: [UInt8]?] = [:]
        var all: [Sealed] = []
        for placed in events {
            var keys: [[UInt8]?] = []
            for part in placed.event.personal {
                let subject = SubjectOfRealm(subject: part.subject, realm: placed.event.realm)
                if known[subject] == nil {
                    known[subject] = .some(try key(of: part, in: placed.event, reader))
                }
                keys.append(known[subject] ?? nil)
            }
            all.append(Sealed(placed: placed, wrappedKeys: keys))
        }
        return all
    }

    /// Of somebody of the event's realm, or of the realm that ``otherRealm(of:)`` says.
    private static func key(
        of part: Event.SealedPart, in event: Event, _ reader: any StoreReader
    ) throws(StoreFault) -> [UInt8]? {
        if let own = try reader.subjectKey(of: part.subject, realm: event.realm) { return own }
        guard let other = otherRealm(of: event) else { return nil }
        return try reader.subjectKey(of: part.subject, realm: other)
    }

    /// Where the operator is from who acted in the event's realm, or the person is from as whom an operator acts.
    private static func otherRealm(of event: Event) -> RealmName? {
        guard case .object(let details)? = try? JSON.parse(event.details) else { return nil }
        func text(_ name: String) -> String? { details.first { $0.name == name }?.value.string }
        if event.realm == .system {
            return text("impersonation") == nil ? nil : text("target_realm").flatMap(RealmName.init)
        }
        return text("impersonated_by") == nil ? nil : .system
    }

    private func open(_ wrapped: [UInt8]?, of part: Event.SealedPart, in event: Event) -> [(String, JSON)]? {
        guard let wrapped else { return nil }
        let key =
            recorder.subjectKeys.open(wrapped, for: part.subject, realm: event.realm)
            ?? Self.otherRealm(of: event).flatMap {
                recorder.subjectKeys.open(wrapped, for: part.subject, realm: $0)
            }
        return key.flatMap { recorder.open(part, of: event.id, under: $0) }
    }

    private struct SubjectOfRealm: Hashable {
        let subject: ID<User>
        let realm: RealmName
    }

    func line(_ sealed: Sealed) -> LogLine {
        let event = sealed.placed.event
        var this: [JSON.Member] = [
            JSON.Member("event", .string(event.id.text)),
            JSON.Member("realm", .string(event.realm.text)),
            JSON.Member("node", .string(event.node)),
        ]
        var who = event.actor.map { "erased:\($0)" } ?? "system"
        if let actor = event.actor { this.append(JSON.Member("user_id", .string(actor.text))) }
        if case .object(let details)? = try? JSON.parse(event.details) { this.add(details) }
        for (part, wrapped) in zip(event.personal, sealed.wrappedKeys) {
            let members = (open(wrapped, of: part, in: event) ?? []).map { JSON.Member($0.0, $0.1) }
            if let place = this.firstIndex(where: { $0.isImpersonator(part.subject) }) {
                this[place] = JSON.Member("impersonated_by", .object([this[place].renamed("id")] + members))
            } else if part.subject == event.actor || part.subject == .nobody {
                if part.subject == .nobody { who = "unknown" }
                if case .string(let name)? = members.first(where: { $0.name == "username" })?.value { who = name }
                this.add(members)
            } else if let place = this.firstIndex(where: {
                $0.name == "subject" && $0.value["id"]?.string == part.subject.text
            }), case .object(let present) = this[place].value {
                // A second part about the same person.
                this[place] = JSON.Member("subject", .object(present + members))
            } else {
                let id = JSON.Member("id", .string(part.subject.text))
                this.append(JSON.Member("subject", .object([id] + members)))
            }
        }
        let isAuthentic = recorder.isAuthentic(sealed.placed)
        if !isAuthentic {
            this.append(JSON.Member("forged", .bool(true)))
            capabilities.report(
                SystemEvent(.error, "audit_row_forged", "event \(event.id) does not carry this server's MAC"))
        }
        return LogLine(
            id: event.id, who: who, did: event.did, this: .object(this), when: event.time,
            confirmedBy: event.confirmedBy, ifOK: event.consequences.ifOK, ifDoubt: event.consequences.ifDoubt,
            ifNot: event.consequences.ifNot, status: event.status && isAuthentic)
    }
}

extension JSON.Member {
    fileprivate func isImpersonator(_ id: ID<User>) -> Bool {
        name.utf8.elementsEqual("impersonated_by".utf8) && value.string.flatMap { ID<User>($0) } == id
    }

    fileprivate func renamed(_ name: String) -> JSON.Member { JSON.Member(name, value) }
}

extension [JSON.Member] {
    /// Adds members whose names are free: a forged row cannot make a line say two things under one name.
    fileprivate mutating func add(_ members: [JSON.Member]) {
        for member in members where !contains(where: { $0.name.utf8.elementsEqual(member.name.utf8) }) {
            append(member)
        }
    }
}

/// Every realm's audit in commit order: what the log file is made from.
public struct ReadLog: Sendable {
    let store: any Store
    let reader: EventReader

    public func callAsFunction(after position: EventPosition?, limit: Int) async throws(StoreFault) -> [LogEntry] {
        let sealed = try await store.read { (reader) throws(StoreFault) -> [EventReader.Sealed] in
            try EventReader.withKeys(try reader.events(after: position, limit: limit), reader)
        }
        return sealed.map { LogEntry(position: $0.placed.position, line: reader.line($0)) }
    }

    /// How many events stand behind a position, counted up to `limit`.
    public func count(after position: EventPosition?, limit: Int) async throws(StoreFault) -> Int64 {
        try await store.read { (reader) throws(StoreFault) in try reader.eventCount(after: position, limit: limit) }
    }

    /// Where an event stands; `nil` when this database never committed it.
    public func position(of event: ID<Event>) async throws(StoreFault) -> EventPosition? {
        try await store.read { (reader) throws(StoreFault) in try reader.eventPosition(of: event) }
    }
}
