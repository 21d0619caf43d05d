/// How far somebody may change what others hold: nobody gives what they do not hold, and nobody reaches above their rank.
public enum Authority: Sendable {
    /// The command line on the server's own machine.
    case unlimited
    case holding(Grants)

    /// Whether somebody of this rank may be acted upon, or a role of it given.
    public func reaches(rank: Int64) -> Bool {
        switch self {
        case .unlimited: true
        case .holding(let grants): rank <= grants.rank
        }
    }

    /// Whether a permission may be given or taken. Of administration only what is held; of the team's own also the rest,
    /// with ``AdminRight/grantsAny``.
    public func mayGive(_ pair: Permission.Pair, on instance: String? = nil) -> Bool {
        switch self {
        case .unlimited: true
        case .holding(let grants):
            grants.covers(pair) || (grants.has(.grantsAny) && !AdminRight.isResource(pair.resource))
                || (instance.map { instance in
                    grants.scoped.contains { $0.instance.utf8.elementsEqual(instance.utf8) && $0.pair.covers(pair) }
                } ?? false)
        }
    }

    /// Whether a role, or membership in a group, may be given or taken that gives all this.
    public func mayGive(_ given: Grants) -> Bool {
        guard case .holding(let own) = self else { return true }
        guard reaches(rank: given.rank) else { return false }
        if given.hasRole(Role.adminName), !own.hasRole(Role.adminName) { return false }
        return given.permissions.allSatisfy { text in Permission.Pair(granting: text).map { mayGive($0) } ?? false }
            && given.scoped.allSatisfy { mayGive($0.pair, on: $0.instance) }
    }
}
