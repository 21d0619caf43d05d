public import Domain
internal import Standards
public import Storage

/// An administrator has somebody written to who has an account and no password yet.
public struct Invite: Sendable {
    let parts: FlowParts

    public enum Outcome: Sendable {
        case sent(User)
        case hasPassword(User)
        case notUsable(User)
        case noSuchUser
        case refused(DeedRefusal)
    }

    public func callAsFunction(
        user reference: String, in realm: Realm, by actor: Actor
    ) async throws(StoreFault) -> Outcome {
        guard let found = try await parts.find(UserReference(text: reference), in: realm.name) else {
            return .noSuchUser
        }
        guard found.password == nil else { return .hasPassword(found.user) }
        guard found.mayRecover else { return .notUsable(found.user) }
        let invitation = Invitation(found, in: realm, parts)
        let draft = try await parts.draft(.inviteUser, found, by: actor)
        let outcome = try await parts.store.deed(on: found.user.id, in: realm.name, by: actor) {
            (tx) throws(StoreFault) in
            try invitation.append(to: tx)
            try draft.append(to: tx)
        }
        if case .refused(let refusal) = outcome { return .refused(refusal) }
        return .sent(found.user)
    }
}

/// A letter to somebody who has an account and no password yet.
struct Invitation: Sendable {
    private let made: MailProofs.Made
    private let letter: MailDraft

    init(_ found: FoundUser, in realm: Realm, _ parts: FlowParts) {
        made = MailProofs(parts: parts).makeReset(found, as: .invite, in: realm)
        letter = parts.postman.draft(.invite(made.proof), to: Addressee(found.user, key: found.key), in: realm)
    }

    func append(to tx: any StoreTransaction) throws(StoreFault) {
        try made.append(to: tx)
        try letter.append(to: tx)
    }
}
