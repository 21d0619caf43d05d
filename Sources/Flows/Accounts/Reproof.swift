internal import Concurrency
internal import Domain
internal import Storage

/// Why somebody who is signed in was not believed once more.
public enum ReproofRefusal: Sendable {
    /// The present password is needed: there was none, and the sign-in is too long ago.
    case proofRequired
    case wrongPassword
    /// The session ended meanwhile.
    case sessionOver
    case wait(Duration)
    case busy(retryAfter: Duration)
    /// The client left, or waited too long, before the password was checked.
    case abandoned
}

extension ReproofRefusal {
    init(_ fault: Passwords.Fault) {
        switch fault {
        case .queue(.full(let retryAfter)): self = .busy(retryAfter: retryAfter)
        case .queue(.cancelled): self = .abandoned
        case .queue(.tooLate), .hashing: self = .busy(retryAfter: .seconds(1))
        }
    }
}

/// Whether somebody who is signed in is the account's owner still, and not whoever found a browser open: by the present
/// password, or because they signed in just now.
struct Reproof: Sendable {
    let parts: FlowParts

    enum Verdict: Sendable { case believed(Believed), refused(ReproofRefusal) }

    struct Believed: Sendable {
        let found: FoundUser
        let session: Session
        /// What events say that confirmed it.
        let confirmedBy: String

        /// As it was when it was proven; changed meanwhile, it proves nothing any more.
        func holds(_ tx: any StoreTransaction) throws(StoreFault) -> Bool {
            guard let user = try tx.user(found.user.id, realm: found.user.realm), user.isUsable(at: tx.now),
                let session = try tx.session(session.id, realm: session.realm), !session.isOver(at: tx.now)
            else { return false }
            return try tx.password(of: user.id)?.hash.exposed == found.password?.hash.exposed
        }
    }

    func callAsFunction(
        _ current: Secret?, of principal: Principal, in realm: Realm, from source: Source
    ) async throws(StoreFault) -> Verdict {
        guard let found = try await parts.find(principal.user.id, in: realm.name) else { return .refused(.sessionOver) }
        let session = try await parts.store.read(in: .realm(realm.name)) { (reader) throws(StoreFault) in
            try reader.session(principal.session, realm: realm.name)
        }
        guard let session, !session.isOver(at: found.now) else { return .refused(.sessionOver) }
        guard let current else {
            guard found.now < session.authTime + realm.rules.accounts.freshSignIn else {
                return .refused(.proofRequired)
            }
            return .believed(Believed(found: found, session: session, confirmedBy: "fresh_sign_in"))
        }
        let name = found.user.username.key
        let ticket: Throttles.Ticket
        switch try await parts.throttles.take(
            .provePassword, identifier: name, in: realm, from: source, account: found.user.id)
        {
        case .go(let taken): ticket = taken
        case .wait(let delay): return .refused(.wait(delay))
        }
        let fits: Bool
        do {
            fits = try await parts.verify(current, of: found, identifier: name, in: realm, from: source)
        } catch {
            try await parts.throttles.cancel(ticket)
            return .refused(ReproofRefusal(error))
        }
        guard fits else {
            parts.refusals.note(reason: "password_not_proven", realm: realm, source: source, route: "account")
            return .refused(.wrongPassword)
        }
        try await parts.throttles.giveBack(ticket)
        return .believed(Believed(found: found, session: session, confirmedBy: "password"))
    }
}

extension FlowParts {
    /// Costs the same for whoever has no password, and for nobody.
    func verify(
        _ password: Secret, of found: FoundUser?, identifier: String, in realm: Realm, from source: Source
    ) async throws(Passwords.Fault) -> Bool {
        // What is longer than any password is hashed no further than its first bytes, and is a wrong one.
        let longest = realm.rules.passwordPolicy.maximumBytes
        let bounded = Secret(Array(password.exposed.prefix(longest + 1)))
        let matches = try await passwords.verify(
            bounded, against: found?.password, identifier: identifier, realm: realm.name, source: source)
        return matches && password.count <= longest
    }
}
