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
        RoleCommand.self,
        PermissionCommand.self,
        GrantCommand.self,
        KeysCommand.self,
        SessionCommand.self,
        TokenCommand.self,
        DatabaseCommand.self,
        DoctorCommand.self,
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

    /// Only what begins a new installation may make a data folder; for the rest, a missing one is a slip.
    var mayMakeDatabase: Bool { get }
    /// How many seconds the answer may take.
    var patience: Int { get }
    func perform(in realm: RealmSettings, _ premises: Premises) async throws(StoreFault) -> ControlReply
}

extension ControlTopic {
    var mayMakeDatabase: Bool { false }
    var patience: Int { 60 }
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
    var json: JSON {
        let (word, members) = command.topic.wire
        let name = "\(type(of: command.topic).name).\(word)"
        return .object([JSON.Member("realm", .string(realm)), JSON.Member("command", .string(name))] + members)
    }

    /// `nil` for anything that ``json`` would not have written.
    init?(_ json: JSON) {
        guard let realm = json["realm"]?.string, let name = json["command"]?.string else { return nil }
        let parts = name.split(separator: ".", maxSplits: 1).map(String.init)
        guard parts.count == 2, let type = ControlCommand.topics.first(where: { $0.name == parts[0] }),
            let topic = type.init(word: parts[1], json)
        else { return nil }
        self.init(realm: realm, command: ControlCommand(topic: topic))
    }

    /// Carries the command out; the one handler behind the control socket and behind commands without a server.
    func perform(_ premises: Premises) async -> ControlReply {
        guard let name = RealmName(realm), let settings = premises.useCases.realms[name] else {
            return ControlReply(.refused, "There is no realm '\(realm)'.", ["code": "no_such_realm"])
        }
        do { return try await command.topic.perform(in: settings, premises) } catch {
            return ControlReply(.unavailable, error.sentence, ["code": "database_unavailable"])
        }
    }
}
