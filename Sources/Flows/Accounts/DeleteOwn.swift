public import Domain
internal import Standards
public import Storage

/// Lays one's own account down for good: after the realm's time of grace it is erased.
public struct DeleteOwn: Sendable {
    let parts: FlowParts

    public enum Outcome: Sendable {
        case scheduled(finallyAt: Timestamp), refused(ReproofRefusal)
        /// Nobody would be left who administers the realm.
        case lastAdministrator
    }

    public func callAsFunction(
        current: Secret?, of principal: Principal, provenBy proof: AuthResult.Source, in realm: Realm,
        from source: Source
    ) async throws(StoreFault) -> Outcome {
        let believed: Reproof.Believed
        switch try await Reproof(parts: parts)(current, of: principal, in: realm, from: source) {
        case .believed(let one): believed = one
        case .refused(let refusal): return .refused(refusal)
        }
        let (user, key) = (believed.found.user, believed.found.key)
        let grace = realm.rules.accounts.deletionGrace
        let undo = MailProofs(parts: parts).make(
            .undoDeletion, for: user.id, user: user.id, address: user.email, life: grace, in: realm)
        let finallyAt = believed.found.now + grace
        let draft = parts.draft(
            .requestDeletion, user.person, key, confirmedBy: believed.confirmedBy, from: source,
            details: [("finally_at", .string(finallyAt.iso8601))])
        let letter = parts.postman.draft(
            .accountDeleted(finallyAt: finallyAt, undo: undo.proof), to: Addressee(user, key: key), in: realm)
        let isDone = try await parts.store.changingAccess(in: realm.name) { (tx) throws(StoreFault) -> Bool in
            guard try tx.lock(user.id, realm: realm.name), try believed.holds(tx),
                try tx.setDeactivated(true, user: user.id, realm: realm.name)
            else { return false }
            try tx.plan(PlannedEnding(user: user.id, realm: realm.name, dueAt: finallyAt, isByOwner: true))
            try tx.deleteAccountTokens(of: user.id)
            try undo.append(to: tx)
            _ = try tx.endSessions(of: user.id, except: nil, reason: .userDisabled)
            try draft.append(to: tx)
            try letter.append(to: tx)
            try tx.announce(.user(user.id, realm.name))
            return true
        }
        guard let isDone else { return .lastAdministrator }
        parts.live.invalidate(.user(user.id, realm.name))
        return isDone ? .scheduled(finallyAt: finallyAt) : .refused(.sessionOver)
    }
}
