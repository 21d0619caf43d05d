public import Domain
internal import Standards
public import Storage

/// Ends the session a request came with; its tokens are refused from the next request on.
public struct SignOut: Sendable {
    let store: any Store
    let recorder: Recorder
    let live: LiveSessions
    let refresh: Refresh

    public enum Outcome: Sendable { case signedOut, refused(Refresh.Refusal) }

    public func callAsFunction(
        _ principal: Principal, provenBy proof: AuthResult.Source = .bearer, from source: Source
    ) async throws(StoreFault) {
        try await end(principal.session, of: principal.user, confirmedBy: proof.confirmation, from: source)
    }

    /// For whose access has expired already. The token is spent on it as on a refresh, by the same rule: one that was
    /// spent before gives its thief away here too.
    public func callAsFunction(
        refreshToken: String, in realm: Realm, from source: Source
    ) async throws(StoreFault) -> Outcome {
        switch try await refresh(refreshToken, in: realm, from: source, as: .cookie) {
        case .refused(let refusal): return .refused(refusal)
        case .issued(let signedIn):
            try await end(signedIn.session, of: signedIn.user, confirmedBy: "refresh_token", from: source)
            return .signedOut
        }
    }

    /// Of whoever asks on an application's host: ends the person's own session that the application's hangs on, and so
    /// those of all its applications.
    ///
    /// Ending the application's alone would end nothing: the next visit would begin it again without a question.
    public func leaving(applicationOf principal: Principal, from source: Source) async throws(StoreFault) {
        let session = try await store.read { (reader) throws(StoreFault) in
            try reader.session(principal.session, realm: principal.user.realm)
        }
        try await end(
            session?.parent ?? principal.session, of: principal.user, leaving: principal.session,
            confirmedBy: AuthResult.Source.session.confirmation, from: source)
    }

    /// - Parameter left: the application's session that it was asked for in.
    private func end(
        _ session: ID<Session>, of user: Person, leaving left: ID<Session>? = nil, confirmedBy: String,
        from source: Source
    ) async throws(StoreFault) {
        let wrapped = try await store.read { (reader) throws(StoreFault) in
            try reader.subjectKey(of: user.id, realm: user.realm)
        }
        let told = left.map { [("left", JSON.string($0.text))] } ?? []
        let key = recorder.subjectKeys.open(wrapped, for: user.id, realm: user.realm)
        let draft = recorder.draft(
            .logout, realm: user.realm, actor: user.id, confirmedBy: confirmedBy, source: source,
            details: [("session", .string(session.text))] + told,
            personal: [recorder.part(key, user: user, source: source)])
        let ended = try await store.transaction { (tx) throws(StoreFault) -> [Change] in
            let ended = try tx.end(session, reason: .logout).map { Change.session($0, user.realm) }
            guard !ended.isEmpty else { return [] }
            try draft.append(to: tx)
            try tx.announce(ended)
            return ended
        }
        live.invalidate([.session(left ?? session, user.realm)] + ended)
    }
}
