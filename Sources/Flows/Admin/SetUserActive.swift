public import Domain
internal import Standards
public import Storage

/// Disables or enables a user. Disabling ends every session in the same transaction.
public struct SetUserActive: Sendable {
    let store: any Store
    let recorder: Recorder
    let live: LiveSessions

    public enum Outcome: Sendable { case changed(User), unchanged(User), noSuchUser }

    public func callAsFunction(
        _ isActive: Bool, user reference: String, in realm: RealmName, by source: Source
    ) async throws(StoreFault) -> Outcome {
        let found = try await store.read { (reader) throws(StoreFault) -> (User, [UInt8]?)? in
            guard let user = try UserReference(text: reference).find(in: realm, reader) else { return nil }
            return (user, try reader.subjectKey(of: user.id, realm: realm))
        }
        guard let (user, wrapped) = found else { return .noSuchUser }
        let key = recorder.subjectKeys.open(wrapped, for: user.id, realm: realm)
        let draft = recorder.draft(
            isActive ? .enableUser : .disableUser, realm: realm, confirmedBy: "cli", source: source,
            details: [("target", .string(user.id.text))], personal: [recorder.part(key, user: user.person)])
        let changed = try await store.transaction { (tx) throws(StoreFault) -> User? in
            guard let before = try tx.user(user.id, realm: realm), before.isActive != isActive,
                try tx.setActive(isActive, user: user.id, realm: realm)
            else { return nil }
            // When enabling too: on PostgreSQL a sign-in that overlapped the disabling may have left a session.
            _ = try tx.endSessions(of: user.id, reason: .userDisabled)
            try draft.append(to: tx)
            try tx.announce(.user(user.id, realm))
            return try tx.user(user.id, realm: realm)
        }
        live.invalidate(.user(user.id, realm))
        return changed.map { .changed($0) } ?? .unchanged(user)
    }
}
