internal import Concurrency
public import Domain
internal import Standards
public import Storage

/// Everything that is known about one person, as one JSON document that is made while it is read.
///
/// Somebody with a hundred thousand events costs the memory of one page of them.
public struct ExportData: Sendable {
    let store: any Store
    let recorder: Recorder
    let reader: EventReader
    let reproof: Reproof
    let capabilities: Capabilities

    /// The document's form; counts up when a member changes its meaning.
    public static let schema: Int64 = 1
    /// Rows of a section that are read at once.
    static let page = 200
    /// Events of the realm that are looked at for one piece.
    static let window = 1_000

    public enum Outcome: Sendable { case bundle(DataBundle), refused(Refusal) }
    public enum Refusal: Sendable {
        /// The sign-in is too long ago, and no password came with the request.
        case proofNeeded
        case wrongPassword
        case wait(Duration)
        case noSuchUser
        case deed(DeedRefusal)
    }

    /// A person's own, after they proved once more who they are.
    public func own(
        of principal: Principal, password: Secret?, in realm: Realm, by actor: Actor
    ) async throws(StoreFault) -> Outcome {
        switch try await reproof(password, of: principal, in: realm, from: actor.source) {
        case .believed: break
        case .refused(.proofRequired): return .refused(.proofNeeded)
        case .refused(.wrongPassword): return .refused(.wrongPassword)
        case .refused(.sessionOver): return .refused(.noSuchUser)
        case .refused(.wait(let delay)), .refused(.busy(let delay)): return .refused(.wait(delay))
        case .refused(.abandoned): return .refused(.wait(.seconds(1)))
        }
        // Each walks through the realm's whole log, also right after a sign-in, when no password slows anybody down.
        switch try await reproof.parts.throttles.take(
            .exportData, identifier: principal.user.id.text, in: realm, from: actor.source)
        {
        case .go: break
        case .wait(let delay): return .refused(.wait(delay))
        }
        return try await begin(principal.user.id.text, .exportOwnData, in: realm, by: actor)
    }

    /// Anybody's, for requests by letter.
    public func of(
        _ reference: String, in realm: Realm, by actor: Actor
    ) async throws(StoreFault) -> Outcome {
        try await begin(reference, .exportData, in: realm, by: actor)
    }

    /// The rest of a document that was begun; for who reads it in several requests.
    public func goOn(of user: ID<User>, in realm: Realm, from place: String) -> DataBundle? {
        DataBundle(of: user, in: realm, from: place, self)
    }

    fileprivate func seal(_ place: String, of user: ID<User>, in realm: Realm) -> String {
        recorder.fingerprint("data_place", realm.name.text, user.text, place).text
    }

    private func begin(
        _ reference: String, _ deed: Deed, in realm: Realm, by actor: Actor
    ) async throws(StoreFault) -> Outcome {
        let name = realm.name
        let found = try await store.read { (reader) throws(StoreFault) -> (User, [UInt8]?, [UInt8]?)? in
            guard let user = try UserReference(text: reference).find(in: name, reader) else { return nil }
            return (
                user, try reader.subjectKey(of: user.id, realm: name), try actor.subjectKey(besides: user.id, reader)
            )
        }
        guard let (user, wrapped, own) = found else { return .refused(.noSuchUser) }
        let draft = recorder.draft(
            deed, realm: name, actor: actor.person?.id, confirmedBy: actor.confirmedBy, source: actor.source,
            details: [("target", .string(user.id.text))] + actor.credential,
            personal: actor.parts(user.person, wrapped, own, recorder))
        let outcome = try await store.deed(on: user.id, in: name, by: actor) { (tx) throws(StoreFault) in
            try draft.append(to: tx)
        }
        if case .refused(let refusal) = outcome { return .refused(.deed(refusal)) }
        return .bundle(DataBundle(of: user.id, in: realm, self))
    }
}

/// A document on its way to its reader, piece by piece.
public final class DataBundle: Sendable {
    private enum Place: Sendable {
        case head
        case sessions(after: ID<Session>?)
        case consents(after: Int64)
        case events(after: EventPosition?)
        case done
    }

    /// Where the next piece begins, and whether the section has an element already.
    private struct State: Sendable {
        var place = Place.head
        var isFirst = true

        init(place: Place = .head, isFirst: Bool = true) {
            self.place = place
            self.isFirst = isFirst
        }

        var text: String? {
            let mark = isFirst ? "1" : "0"
            switch place {
            case .head: return "\(mark)h"
            case .sessions(let last): return "\(mark)s\(last?.text ?? "")"
            case .consents(let last): return "\(mark)c\(last)"
            case .events(let last): return "\(mark)e\(last?.cursor ?? "")"
            case .done: return nil
            }
        }

        init?(_ text: String) {
            let mark = text.utf8.prefix(2)
            guard mark.count == 2, let first = mark.first, let kind = mark.last else { return nil }
            let rest = String(Substring(text.utf8.dropFirst(2)))
            isFirst = first == UInt8(ascii: "1")
            switch kind {
            case UInt8(ascii: "h"): place = .head
            case UInt8(ascii: "s"): place = .sessions(after: ID<Session>(rest))
            case UInt8(ascii: "c"):
                guard let last = Int64(rest) else { return nil }
                place = .consents(after: last)
            case UInt8(ascii: "e"): place = .events(after: EventPosition(cursor: rest))
            default: return nil
            }
        }
    }

    public let user: ID<User>
    private let realm: Realm
    private let export: ExportData
    private let state: Lock<State>

    init(of user: ID<User>, in realm: Realm, _ export: ExportData) {
        self.user = user
        self.realm = realm
        self.export = export
        state = Lock(State())
    }

    /// Goes on where another one was, as its ``place`` says; `nil` for what is none.
    fileprivate init?(of user: ID<User>, in realm: Realm, from place: String, _ export: ExportData) {
        let parts = place.split(separator: ".", maxSplits: 1).map(String.init)
        guard parts.count == 2, let state = State(parts[0]),
            export.seal(parts[0], of: user, in: realm).utf8.elementsEqual(parts[1].utf8)
        else { return nil }
        self.user = user
        self.realm = realm
        self.export = export
        self.state = Lock(state)
    }

    /// Where the next piece begins, as text; `nil` at the end. Nobody can make it up, and so read what no event tells of.
    public var place: String? {
        state.withLock { $0.text }.map { "\($0).\(export.seal($0, of: user, in: realm))" }
    }

    /// The next piece of the document, or `nil` after its end. It may be empty.
    ///
    /// Asked by one reader. A document that a failing database broke off ends with `"complete":false`.
    public func next() async -> [UInt8]? {
        let state = state.withLock { $0 }
        do throws(StoreFault) {
            switch state.place {
            case .head: return try await head()
            case .sessions(let last): return try await sessions(after: last, isFirst: state.isFirst)
            case .consents(let last): return try await consents(after: last, isFirst: state.isFirst)
            case .events(let last): return try await events(after: last, isFirst: state.isFirst)
            case .done: return nil
            }
        } catch {
            export.capabilities.report(SystemEvent(.warning, "data_export_broken_off", "the \(error)"))
            if case .head = state.place { return end("{\"complete\":false}") }
            return end("],\"complete\":false}")
        }
    }

    private func go(to place: Place, isFirst: Bool) { state.withLock { $0 = State(place: place, isFirst: isFirst) } }

    private func end(_ text: String) -> [UInt8] {
        go(to: .done, isFirst: true)
        return Array(text.utf8) + [0x0A]
    }

    private func head() async throws(StoreFault) -> [UInt8] {
        let (id, name) = (user, realm.name)
        let attributes = try await export.readProfile.everything(of: id, in: realm)?.attributes ?? .object([])
        let found = try await export.store.read { (reader) throws(StoreFault) -> [JSON.Member]? in
            guard let user = try reader.user(id, realm: name) else { return nil }
            return try PersonalRecord(user, attributes, reader).members
        }
        guard let members = found else { return end("{\"complete\":false}") }
        let all =
            [
                JSON.Member("schema", .integer(ExportData.schema)),
                JSON.Member("generated_at", .string(export.capabilities.now().iso8601)),
                JSON.Member("realm", .string(name.text)),
            ] + members
        go(to: .sessions(after: nil), isFirst: true)
        return Array(JSON.object(all).bytes.dropLast()) + Array(",\"sessions\":[".utf8)
    }

    private func sessions(after last: ID<Session>?, isFirst: Bool) async throws(StoreFault) -> [UInt8] {
        let (id, name) = (user, realm.name)
        let traces = try await export.store.read { (reader) throws(StoreFault) in
            try reader.sessionTraces(of: id, realm: name, after: last, limit: ExportData.page)
        }
        let isLast = traces.count < ExportData.page
        go(to: isLast ? .consents(after: 0) : .sessions(after: traces.last?.id), isFirst: isLast)
        return list(traces.map(\.json), isFirst: isFirst) + (isLast ? Array("],\"consents\":[".utf8) : [])
    }

    private func consents(after last: Int64, isFirst: Bool) async throws(StoreFault) -> [UInt8] {
        let page = try await export.consents.list(
            of: user.text, in: realm, after: last, limit: ExportData.page)
        go(to: page?.next.map { .consents(after: $0) } ?? .events(after: nil), isFirst: page?.next == nil)
        return list(page?.history.map(\.json) ?? [], isFirst: isFirst)
            + (page?.next == nil ? Array("],\"events\":[".utf8) : [])
    }

    private func events(after last: EventPosition?, isFirst: Bool) async throws(StoreFault) -> [UInt8] {
        let (id, name) = (user, realm.name)
        let (sealed, position) = try await export.store.read { (reader) throws(StoreFault) in
            let (events, end) = try reader.events(
                concerning: id, realm: name, after: last, window: ExportData.window)
            return (try EventReader.withKeys(events, reader), end)
        }
        let lines = sealed.map { export.reader.line($0, for: id).jsonWithID }
        guard let position else { return list(lines, isFirst: isFirst) + end("],\"complete\":true}") }
        go(to: .events(after: position), isFirst: isFirst && lines.isEmpty)
        return list(lines, isFirst: isFirst)
    }

    private func list(_ values: [JSON], isFirst: Bool) -> [UInt8] {
        var bytes: [UInt8] = []
        for (index, value) in values.enumerated() {
            if index > 0 || !isFirst { bytes.append(UInt8(ascii: ",")) }
            bytes += value.bytes
        }
        return bytes
    }
}

extension ExportData {
    fileprivate var readProfile: ReadProfile {
        ReadProfile(store: store, recorder: recorder, capabilities: capabilities)
    }

    fileprivate var consents: ManageConsents {
        ManageConsents(
            store: store, recorder: recorder, throttles: reproof.parts.throttles, capabilities: capabilities)
    }
}
