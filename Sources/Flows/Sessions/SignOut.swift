public import Domain
internal import Standards
public import Storage

/// Ends the session a request came with; its tokens are refused from the next request on.
public struct SignOut: Sendable {
    let store: any Store
    let recorder: Recorder
    let live: LiveSessions

    public func callAsFunction(_ principal: Principal, from source: Source) async throws(StoreFault) {
        let session = principal.session
        let user = principal.user
        let wrapped = try await store.read { (reader) throws(StoreFault) in
            try reader.subjectKey(of: user.id, realm: user.realm)
        }
        let key = recorder.subjectKeys.open(wrapped, for: user.id, realm: user.realm)
        let draft = recorder.draft(
            .logout, realm: user.realm, actor: user.id, confirmedBy: "access_token", source: source,
            details: [("session", .string(session.text))], personal: [recorder.part(key, user: user, source: source)]
        )
        try await store.transaction { (tx) throws(StoreFault) in
            guard try tx.end(session, reason: .logout) else { return }
            try draft.append(to: tx)
            try tx.announce(.session(session, user.realm))
        }
        live.invalidate(.session(session, user.realm))
    }
}
