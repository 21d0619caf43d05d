public import Domain
internal import Standards
public import Storage

/// Keeps somebody out until a date, and lets them in again before.
public struct BanUser: Sendable {
    let parts: FlowParts

    public enum Outcome: Sendable {
        case changed(User)
        case unchanged(User)
        case noSuchUser
        case invalid([FieldProblem])
        /// Nobody bans themselves.
        case ownAccount
        case refused(DeedRefusal)
    }

    /// - Parameter until: `nil` lifts the ban.
    public func callAsFunction(
        until: Timestamp?, user reference: String, in realm: Realm, by actor: Actor
    ) async throws(StoreFault) -> Outcome {
        guard let found = try await parts.find(UserReference(text: reference), in: realm.name) else {
            return .noSuchUser
        }
        guard actor.person?.id != found.user.id else { return .ownAccount }
        if let until, until <= found.now {
            return .invalid([FieldProblem(field: "until", code: "out_of_range", message: "must be in the future")])
        }
        let user = found.user
        let draft = try await parts.draft(
            until == nil ? .unbanUser : .banUser, found, by: actor,
            details: until.map { [("until", .string($0.iso8601))] } ?? [])
        let letter = until.map { until in
            parts.postman.draft(.accountBanned(until: until), to: Addressee(user, key: found.key), in: realm)
        }
        let body: @Sendable (any StoreTransaction) throws(StoreFault) -> User? = { (tx) throws(StoreFault) -> User? in
            guard try tx.lock(user.id, realm: realm.name),
                try tx.setBanned(until: until, user: user.id, realm: realm.name)
            else { return nil }
            // When lifting it too: on PostgreSQL a sign-in that overlapped the ban may have left a session.
            _ = try tx.endSessions(of: user.id, except: nil, reason: .userDisabled)
            if until != nil { try tx.deleteAccountTokens(of: user.id) }
            try draft.append(to: tx)
            try letter?.append(to: tx)
            try tx.announce(.user(user.id, realm.name))
            return try tx.user(user.id, realm: realm.name)
        }
        let outcome =
            until == nil
            ? try await parts.store.deed(on: user.id, in: realm.name, by: actor, body)
            : try await parts.store.endingDeed(on: user.id, in: realm.name, by: actor, body)
        switch outcome {
        case .refused(let refusal): return .refused(refusal)
        case .done(let changed):
            parts.live.invalidate(.user(user.id, realm.name))
            return changed.map { .changed($0) } ?? .unchanged(user)
        }
    }
}
