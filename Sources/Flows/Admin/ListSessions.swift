public import Domain
public import Storage

/// A user's live sessions, oldest first, a page at a time.
public struct ListSessions: Sendable {
    let store: any Store

    /// `next` is the session after which the next page begins; `nil` at the end.
    public enum Outcome: Sendable { case page([PlacedSession], of: User, next: ID<Session>?), noSuchUser }

    public func callAsFunction(
        of reference: String, in realm: RealmName, after session: ID<Session>?, limit: Int
    ) async throws(StoreFault) -> Outcome {
        let found = try await store.read { (reader) throws(StoreFault) -> (User, [PlacedSession])? in
            guard let user = try UserReference(text: reference).find(in: realm, reader) else { return nil }
            return (user, try reader.liveSessions(of: user.id, realm: realm, after: session, limit: limit + 1))
        }
        guard let (user, sessions) = found else { return .noSuchUser }
        let page = Array(sessions.prefix(limit))
        return .page(page, of: user, next: sessions.count > limit ? page.last?.session.id : nil)
    }
}
