internal import Domain
internal import Flows
internal import Standards
internal import Storage

/// Something an operator asks for from the command line, with or without a running server.
///
/// Each topic has a type of its own in a folder of its own: `UserCommand`, `RoleCommand` and so on. A topic is added
/// with one line in ``topics`` and one function that makes a command out of the topic's type.
public struct ControlCommand: Sendable {
    let topic: any ControlTopic

    /// Every topic; one that is not listed here is not understood by the other side of the socket.
    static let topics: [any ControlTopic.Type] = [
        UserCommand.self,
        ProfileCommand.self,
        PersonCommand.self,
        RealmCommand.self,
        RoleCommand.self,
        PermissionCommand.self,
        GroupCommand.self,
        OrganisationCommand.self,
        InvitationCommand.self,
        GrantCommand.self,
        ExplainCommand.self,
        APIKeyCommand.self,
        KeysCommand.self,
        SessionCommand.self,
        AuditCommand.self,
        TokenCommand.self,
        DatabaseCommand.self,
        DoctorCommand.self,
        MailCommand.self,
        PopulationCommand.self,
        ImpersonationCommand.self,
        BreakGlassCommand.self,
    ]
}

/// One topic's commands: how they travel over the control socket, and how they are carried out.
protocol ControlTopic: Sendable {
    /// The first half of the name on the wire: `user` in `user.add`.
    static var name: String { get }
    /// The second half of the name, and everything the command needs.
    var wire: (word: String, members: [JSON.Member]) { get }
    /// `nil` for anything that ``wire`` would not have written.
    init?(word: String, _ json: JSON)

    /// What it takes to have the command carried out from elsewhere.
    var need: CommandNeed { get }
    /// Whether a person who is signed in has to prove for it who they are: they use its own route.
    var needsProof: Bool { get }
    /// Only what begins a new installation may make a data folder; for the rest, a missing one is a slip.
    var mayMakeDatabase: Bool { get }
    /// How many seconds the answer may take.
    var patience: Int { get }
    /// `actor` is who asked for it, for the events: ``Actor/commandLine`` only on the machine itself.
    func perform(
        in realm: Realm, by actor: Actor, _ premises: Premises
    ) async throws(StoreFault) -> ControlReply
}

extension ControlTopic {
    var needsProof: Bool { false }
    var mayMakeDatabase: Bool { false }
    var patience: Int { 60 }
}

extension ControlCommand {
    /// Its name and all it needs but the realm: how it travels to another machine's server.
    var members: [JSON.Member] {
        let (word, members) = topic.wire
        return [JSON.Member("command", .string("\(type(of: topic).name).\(word)"))] + members
    }

    /// `nil` for anything that ``members`` would not have held.
    init?(_ json: JSON) {
        guard let name = json["command"]?.string else { return nil }
        let parts = name.split(separator: ".", maxSplits: 1).map(String.init)
        guard parts.count == 2, let type = Self.topics.first(where: { $0.name == parts[0] }),
            let topic = type.init(word: parts[1], json)
        else { return nil }
        self.init(topic: topic)
    }
}

/// A command and the realm it is for, as it travels over the control socket.
public struct ControlRequest: Sendable {
    public let realm: String
    public let command: ControlCommand

    public init(realm: String, command: ControlCommand) {
        self.realm = realm
        self.command = command
    }
}

extension ControlRequest {
    var json: JSON { .object([JSON.Member("realm", .string(realm))] + command.members) }

    /// `nil` for anything that ``json`` would not have written.
    init?(_ json: JSON) {
        guard let realm = json["realm"]?.string, let command = ControlCommand(json) else { return nil }
        self.init(realm: realm, command: command)
    }

    /// Carries the command out; the one handler behind the control socket and behind commands without a server.
    func perform(_ premises: Premises) async -> ControlReply {
        do {
            guard let name = RealmName(realm), let known = try await premises.useCases.realms.find(name) else {
                return ControlReply(.refused, "There is no realm '\(realm)'.", ["code": "no_such_realm"])
            }
            return try await command.topic.perform(in: known, by: .commandLine, premises)
        } catch {
            return ControlReply(.unavailable, error.sentence, ["code": "database_unavailable"])
        }
    }
}
