public import Domain
internal import Standards
public import Storage

/// Erases a person: the account and everything that is theirs, and the key of their part of every event.
///
/// The events stay, and their proofs hold, because those are over what is sealed. One transaction does it: a server that
/// is killed has erased the person or has not begun. Files of logs hold what was read while the key existed: each server
/// rewrites its own, see `ErasedLogs` in `App`.
public struct EraseUser: Sendable {
    let store: any Store
    let recorder: Recorder
    let live: LiveSessions

    /// The name of the event.
    public static let did = Deed.eraseUser.rawValue

    public enum Outcome: Sendable { case erased(ErasureReport), noSuchUser, refused(DeedRefusal) }

    /// - Parameter reference: an id, a username or an address.
    public func callAsFunction(
        _ reference: String, in realm: Realm, by actor: Actor
    ) async throws(StoreFault) -> Outcome {
        let name = realm.name
        let found = try await store.read { (reader) throws(StoreFault) -> (User, [UInt8]?)? in
            guard let user = try UserReference(text: reference).find(in: name, reader) else { return nil }
            return (user, try actor.subjectKey(besides: user.id, reader))
        }
        guard let (user, own) = found else { return .noSuchUser }
        var personal: [Recorder.PersonalPart] = []
        if let person = actor.person, person.id != user.id {
            let key = recorder.subjectKeys.open(own, for: person.id, realm: person.realm)
            personal = [recorder.part(key, user: person, source: actor.source)]
        }
        let draft = recorder.draft(
            .eraseUser, realm: name, actor: actor.person?.id, confirmedBy: actor.confirmedBy, source: actor.source,
            details: [("target", .string(user.id.text))] + actor.credential, personal: personal)
        let outcome = try await store.endingDeed(on: user.id, in: name, by: actor) { (tx) throws(StoreFault) in
            try erase(user.id, in: name, draft, tx) ? tx.now : nil
        }
        switch outcome {
        case .refused(let refusal): return .refused(refusal)
        case .done(let erasedAt):
            return await finish(user.id, in: realm, erasedAt: erasedAt).map { .erased($0) } ?? .noSuchUser
        }
    }

    /// For what the server does by itself: after a period of grace, of inactivity, or anew after a backup was restored.
    ///
    /// - Parameter reason: `grace`, `inactivity` or `restored`; what the event says validated it.
    /// - Returns: `nil` where nothing was left of the person.
    public func callAsFunction(
        _ user: ID<User>, in realm: Realm, because reason: String
    ) async throws(StoreFault) -> ErasureReport? {
        try await erase(user, in: realm, ownDraft(user, in: realm, because: reason))
    }

    func ownDraft(_ user: ID<User>, in realm: Realm, because reason: String) -> EventDraft {
        recorder.draft(
            .eraseUser, realm: realm.name, confirmedBy: reason, source: .local,
            details: [("target", .string(user.text))])
    }

    private func erase(
        _ user: ID<User>, in realm: Realm, _ draft: EventDraft
    ) async throws(StoreFault) -> ErasureReport? {
        let erasedAt = try await store.transaction(in: .realm(realm.name)) { (tx) throws(StoreFault) -> Timestamp? in
            guard try erase(user, in: realm.name, draft, tx) else { return nil }
            return tx.now
        }
        return await finish(user, in: realm, erasedAt: erasedAt)
    }

    private func finish(_ user: ID<User>, in realm: Realm, erasedAt: Timestamp?) async -> ErasureReport? {
        live.invalidate(.user(user, realm.name))
        guard let erasedAt else { return nil }
        // What is done already must not look undone because the database did not give back its room.
        let isForgotten = (try? await store.forgetDeleted()) ?? false
        return ErasureReport(
            user: user, erasedAt: erasedAt, isOutOfDatabase: isForgotten,
            backupsEnd: realm.rules.privacy.backupRetentionDays.map { erasedAt + .seconds($0 * 86_400) })
    }

    /// The part within the transaction, for flows that erase as a part of something else. Afterwards the caller tells
    /// ``LiveSessions`` that the user has changed.
    func erase(
        _ user: ID<User>, in realm: RealmName, _ draft: EventDraft, _ tx: any StoreTransaction
    ) throws(StoreFault) -> Bool {
        // What was sent to the address before anybody knew whose it is, under keys of its own.
        if let known = try tx.user(user, realm: realm) {
            let address = recorder.reservation(of: known.email, realm)
            for purpose in [LetterPurpose.confirmSignUp, .joinOrganisation] {
                try tx.deleteAccountTokens(at: address, for: purpose, realm: realm)
            }
        }
        _ = try tx.endSessions(of: user, except: nil, reason: .revoked)
        guard try tx.erase(user: user, realm: realm) else { return false }
        try draft.append(to: tx)
        try tx.announce(.user(user, realm))
        return true
    }
}

/// What is to be told to whoever asked for an erasure.
public struct ErasureReport: Sendable {
    public let user: ID<User>
    public let erasedAt: Timestamp
    /// Whether the database's own files are known to hold nothing of it any more. PostgreSQL's are its own business.
    public let isOutOfDatabase: Bool
    /// When the last backup that holds the person is gone; `nil` where the realm's rules do not say.
    public let backupsEnd: Timestamp?
}

/// Everybody who was erased: what each server's logs are cleaned by.
public struct ListErasures: Sendable {
    let store: any Store

    /// Sequences are given before the commit: whoever goes on from the last one he saw looks a little further back.
    public static let disorder: Int64 = 1_000

    public func callAsFunction(after sequence: Int64, limit: Int) async throws(StoreFault) -> [Erasure] {
        try await store.read { (reader) throws(StoreFault) in try reader.erasures(after: sequence, limit: limit) }
    }
}
