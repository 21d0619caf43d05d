public import Domain
public import Standards
public import Storage

/// Somebody's profile, as far as its reader may see it.
public struct Profile: Sendable {
    public let user: User
    /// Counts up with each change; 0 where nothing was ever written.
    public let version: Int64
    /// By the present rules, whichever the profile was written under.
    public let state: ProfileState
    /// In the schema's order; without those that the reader may not see, and those that are not there.
    public let entries: [Entry]
    /// The attributes that must be there and are not, whether or not the reader may see them.
    public let missing: [String]
    /// What does not fit the rules that came after it.
    public let misfits: [FieldProblem]

    public struct Entry: Sendable {
        public let attribute: ProfileAttribute
        public let value: AttributeValue

        /// As people read it.
        public var shown: String { attribute.type.shown(value) }
        /// As it may stand in a log.
        public var masked: String { attribute.type.masked(value) }

        public var json: JSON {
            if case .text = value { .string(shown) } else { value.json }
        }
    }

    public subscript(_ name: String) -> AttributeValue? { entries.first { $0.attribute.name == name }?.value }

    /// By name, as people read them.
    public var attributes: JSON { .object(entries.map { JSON.Member($0.attribute.name, $0.json) }) }
}

/// Who reads or writes a profile, and with what authority over the roles that follow from it.
public struct ProfileEditor: Sendable {
    let party: ProfileParty
    let actor: Actor
    let roles: RoleGiver

    /// Somebody who reads or writes his own.
    public static func owner(_ actor: Actor) -> ProfileEditor {
        ProfileEditor(party: .owner, actor: actor, roles: .owner)
    }

    /// An administrator of the realm.
    public static func admin(_ actor: Actor) -> ProfileEditor {
        ProfileEditor(party: .admin, actor: actor, roles: .actor(actor))
    }

    /// A program, or a person who is no administrator, that holds the permission.
    public static func application(_ actor: Actor) -> ProfileEditor {
        ProfileEditor(party: .application, actor: actor, roles: .actor(actor))
    }

    public static let commandLine = admin(.commandLine)
}

extension ProfileEditor {
    /// Whoever may read and write other people's: as an administrator on the machine itself, and with the right to change
    /// users.
    public init(administering actor: Actor) {
        if let grants = actor.grants, !grants.has(.usersUpdate) {
            self = .application(actor)
        } else {
            self = .admin(actor)
        }
    }
}
