internal import Flows
internal import Standards
internal import Storage

/// What can be done about the database as a whole.
public enum DatabaseCommand: Sendable {
    /// The schema's version; opening the database has brought it up to date.
    case migrate
    /// A copy of the whole database in a file of the data folder.
    case backUp
}

extension ControlCommand {
    public static func database(_ command: DatabaseCommand) -> ControlCommand { ControlCommand(topic: command) }
}

extension DatabaseCommand: ControlTopic {
    static let name = "database"

    var wire: (word: String, members: [JSON.Member]) {
        switch self {
        case .migrate: ("migrate", [])
        case .backUp: ("back_up", [])
        }
    }

    var need: CommandNeed { .local }

    init?(word: String, _ json: JSON) {
        switch word {
        case "migrate": self = .migrate
        case "back_up": self = .backUp
        default: return nil
        }
    }

    var mayMakeDatabase: Bool {
        switch self {
        case .migrate: true
        case .backUp: false
        }
    }

    /// A large database takes the time it takes.
    var patience: Int {
        switch self {
        case .migrate: 60
        case .backUp: 6 * 3_600
        }
    }

    func perform(
        in realm: Realm, by actor: Actor, _ premises: Premises
    ) async throws(StoreFault) -> ControlReply {
        switch self {
        case .migrate:
            let version = try await premises.useCases.databaseStatus().schemaVersion
            return ControlReply(
                .done, "The database is at version \(version).", ["schema_version": .integer(version)])
        case .backUp: return try await Backup.make(premises)
        }
    }
}
