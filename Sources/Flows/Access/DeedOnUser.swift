internal import Domain
internal import Storage

/// Why somebody may not do something to an account, although they hold the right to do such things.
///
/// The raw values are public contract.
public enum DeedRefusal: String, CaseIterable, Sendable {
    /// Whoever it is about stands above whoever does it.
    case aboveOwnRank = "above_own_rank"
    /// Nobody would be left who administers the realm.
    case lastAdministrator = "last_administrator"
}

/// What came of a deed on somebody's account.
enum DeedOutcome<Value: Sendable>: Sendable {
    case done(Value)
    case refused(DeedRefusal)
}

extension Store {
    /// A deed on somebody's account, in one transaction with the question whether the actor reaches so high.
    func deed<Value: Sendable>(
        on user: ID<User>, in realm: RealmName, by actor: Actor,
        _ body: @escaping @Sendable (any StoreTransaction) throws(StoreFault) -> Value
    ) async throws(StoreFault) -> DeedOutcome<Value> {
        try await transaction { (tx) throws(StoreFault) -> DeedOutcome<Value> in
            guard try actor.reaches(user, in: realm, tx) else { return .refused(.aboveOwnRank) }
            return .done(try body(tx))
        }
    }

    /// The same where the account may be shut by it: refused where nobody would be left who administers the realm.
    func endingDeed<Value: Sendable>(
        on user: ID<User>, in realm: RealmName, by actor: Actor,
        _ body: @escaping @Sendable (any StoreTransaction) throws(StoreFault) -> Value
    ) async throws(StoreFault) -> DeedOutcome<Value> {
        let outcome = try await changingAccess(in: realm) { (tx) throws(StoreFault) -> DeedOutcome<Value> in
            guard try actor.reaches(user, in: realm, tx) else { return .refused(.aboveOwnRank) }
            return .done(try body(tx))
        }
        return outcome ?? .refused(.lastAdministrator)
    }
}
