internal import Domain
internal import Storage

/// Who makes roles come and go by writing attributes that some follow from.
enum RoleGiver: Sendable {
    /// The realm's own rules when these were changed, and an import on the server's machine.
    case rules
    /// A person who writes their own attributes.
    case owner
    /// Somebody who writes another's: as far as they may give the role themselves.
    case actor(Actor)

    /// Whether they may cause the role to be given or taken.
    ///
    /// - Parameter role: `nil` for one that is still to be made: what it will give, only those hold who may give anything.
    func covers(
        _ name: String, _ role: Role?, in realm: RealmName, _ rules: [RoleAssignment], _ reader: any StoreReader
    ) throws(StoreFault) -> Bool {
        switch self {
        case .rules: return true
        case .owner: return rules.isForOwner(role: name)
        case .actor(let actor):
            let authority = try actor.authority(in: realm, reader, for: .good)
            guard let role else {
                guard case .holding(let own) = authority else { return true }
                let isAdmin = name.utf8.elementsEqual(Role.adminName.utf8)
                return own.has(.grantsAny) && authority.reaches(rank: Role.standardRank(of: name))
                    && (!isAdmin || own.hasRole(Role.adminName))
            }
            return authority.mayGive(try reader.everythingGiven(by: .role(role.id), realm: realm))
        }
    }
}
