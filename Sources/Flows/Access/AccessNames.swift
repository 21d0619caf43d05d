internal import Domain
internal import Storage

/// Whoever shall hold something, as people name them.
public enum HolderName: Hashable, Sendable {
    /// By id, e-mail address or username.
    case user(String)
    /// By id or name.
    case key(String)
    case group(String)
    case role(String)

    /// What an event calls it: `to_user` and so on.
    var kind: String {
        switch self {
        case .user: "user"
        case .key: "key"
        case .group: "group"
        case .role: "role"
        }
    }
}

/// What shall be held, as people name it.
public enum HeldName: Hashable, Sendable {
    case group(String)
    case role(String)
    /// By its name or its pair, on one instance or, with `nil`, on all.
    case permission(String, instance: String?)
}

/// What a name came to.
struct FoundHolder: Sendable {
    let holder: AccessHolder
    /// An event's word for it: a user's id, otherwise the name.
    let label: String
    let user: User?
    let wrappedKey: [UInt8]?
}

struct FoundHeld: Sendable {
    let held: AccessHeld
    let label: String
    /// Set for a permission.
    let pair: Permission.Pair?
    /// A permission of administration that nobody was given before: it is made with its first grant.
    let toMake: Permission?
}

extension HolderName {
    func find(in realm: RealmName, _ reader: any StoreReader) throws(StoreFault) -> FoundHolder? {
        switch self {
        case .user(let text):
            guard let user = try UserReference(text: text).find(in: realm, reader) else { return nil }
            let key = try reader.subjectKey(of: user.id, realm: realm)
            return FoundHolder(holder: .user(user.id), label: user.id.text, user: user, wrappedKey: key)
        case .key(let text):
            guard let key = try reader.livingKey(text, realm: realm) else { return nil }
            return FoundHolder(holder: .key(key.id), label: key.name, user: nil, wrappedKey: nil)
        case .group(let name):
            guard let group = try reader.group(named: name, realm: realm) else { return nil }
            return FoundHolder(holder: .group(group.id), label: group.name, user: nil, wrappedKey: nil)
        case .role(let name):
            guard let role = try reader.role(named: name, realm: realm) else { return nil }
            return FoundHolder(holder: .role(role.id), label: role.name, user: nil, wrappedKey: nil)
        }
    }
}

extension HeldName {
    /// - Parameter make: makes the row of a permission of administration that has none yet.
    func find(
        in realm: RealmName, _ reader: any StoreReader, make: (Permission.Pair) -> Permission
    ) throws(StoreFault) -> FoundHeld? {
        switch self {
        case .group(let name):
            return try reader.group(named: name, realm: realm).map {
                FoundHeld(held: .group($0.id), label: $0.name, pair: nil, toMake: nil)
            }
        case .role(let name):
            return try reader.role(named: name, realm: realm).map {
                FoundHeld(held: .role($0.id), label: $0.name, pair: nil, toMake: nil)
            }
        case .permission(let name, let instance):
            let pair = Permission.Pair(granting: name)
            var found = try reader.permission(named: name, realm: realm)
            if found == nil, let pair { found = try reader.permission(pair, realm: realm) }
            if found == nil, let pair, AdminRight.allows(pair) {
                let made = make(pair)
                return FoundHeld(
                    held: .permission(made.id, instance: instance), label: pair.description, pair: pair, toMake: made)
            }
            return found.map {
                FoundHeld(
                    held: .permission($0.id, instance: instance), label: $0.pair.description, pair: $0.pair,
                    toMake: nil)
            }
        }
    }
}

extension StoreReader {
    /// By id or name, unless it was revoked.
    func livingKey(_ text: String, realm: RealmName) throws(StoreFault) -> StoredAPIKey? {
        if let id = ID<APIKey>(text) {
            let key = try apiKey(id, realm: realm)
            return key?.revokedAt == nil ? key : nil
        }
        return try apiKey(named: text, realm: realm)
    }
}
