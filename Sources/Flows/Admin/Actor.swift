public import Domain
internal import Standards
internal import Storage

/// Who does something to an account, as events name them.
public struct Actor: Sendable {
    let confirmedBy: String
    let source: Source
    let origin: Origin
    /// What the actor held when he asked; `nil` on the machine itself, where he may do everything.
    public let grants: Grants?

    /// Where an actor's authority comes from.
    enum Origin: Sendable {
        /// Whoever may use the server's control socket, and the server itself.
        case machine
        case person(Person)
        /// With the realm it belongs to; `nil` for the key from the settings, which holds what stands there.
        case key(ID<APIKey>?, Grants, RealmName)
    }

    var person: Person? {
        if case .person(let person) = origin { person } else { nil }
    }

    /// Which key a program used, for the event's details.
    var credential: [(String, JSON)] {
        if case .key(let id?, _, _) = origin { [("api_key", .string(id.text))] } else { [] }
    }

    /// Somebody who proved who they are.
    public init(_ principal: Principal, provenBy proof: AuthResult.Source, from source: Source) {
        origin = .person(principal.user)
        grants = principal.grants
        confirmedBy = proof.confirmation
        self.source = source
    }

    /// The same, or a program with an API key.
    public init(_ result: AuthResult, from source: Source) {
        grants = result.grants
        confirmedBy = result.source.confirmation
        self.source = source
        origin =
            switch result.holder {
            case .person(let principal): .person(principal.user)
            case .service(let service): .key(service.id, service.grants, result.realm)
            }
    }

    private init(confirmedBy: String, source: Source) {
        origin = .machine
        grants = nil
        self.confirmedBy = confirmedBy
        self.source = source
    }

    /// Whoever may use the server's control socket.
    public static let commandLine = Actor(confirmedBy: "cli", source: .local)

    /// The actor's own key, wrapped, where it is another person's than `target`.
    func subjectKey(besides target: ID<User>, _ reader: any StoreReader) throws(StoreFault) -> [UInt8]? {
        guard let person, person.id != target else { return nil }
        return try reader.subjectKey(of: person.id, realm: person.realm)
    }

    /// What an event about `target` holds of either; of one person who does something to his own account, once.
    func parts(
        _ target: Person, _ targetKey: [UInt8]?, _ ownKey: [UInt8]?, _ recorder: Recorder
    ) -> [Recorder.PersonalPart] {
        parts(
            target, recorder.subjectKeys.open(targetKey, for: target.id, realm: target.realm), ownKey, recorder)
    }

    /// The same where it may be about nobody.
    func parts(
        aboutUser target: Person?, _ targetKey: [UInt8]?, _ ownKey: [UInt8]?, _ recorder: Recorder
    ) -> [Recorder.PersonalPart] {
        if let target { return parts(target, targetKey, ownKey, recorder) }
        guard let person else { return [] }
        let own = recorder.subjectKeys.open(ownKey, for: person.id, realm: person.realm)
        return [recorder.part(own, user: person, source: source)]
    }

    /// The same with the target's key as it is.
    func parts(
        _ target: Person, _ key: SubjectKey?, _ ownKey: [UInt8]?, _ recorder: Recorder
    ) -> [Recorder.PersonalPart] {
        guard let person else { return [recorder.part(key, user: target)] }
        guard person.id != target.id else { return [recorder.part(key, user: target, source: source)] }
        let own = recorder.subjectKeys.open(ownKey, for: person.id, realm: person.realm)
        return [recorder.part(key, user: target), recorder.part(own, user: person, source: source)]
    }
}
