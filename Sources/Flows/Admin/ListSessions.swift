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
        let found = try await store.read(in: .realm(realm)) {
            (reader) throws(StoreFault) -> (User, [PlacedSession], ID<Session>?)? in
            guard let user = try UserReference(text: reference).find(in: realm, reader) else { return nil }
            let all = try reader.liveSessions(of: user.id, realm: realm, after: session, limit: limit + 1)
            let page = Array(all.prefix(limit))
            return (user, try shown(page, reader), all.count > limit ? page.last?.session.id : nil)
        }
        guard let (user, sessions, next) = found else { return .noSuchUser }
        return .page(sessions, of: user, next: next)
    }

    /// With who acts there; without those where somebody did, and may not any more.
    private func shown(
        _ sessions: [PlacedSession], _ reader: any StoreReader
    ) throws(StoreFault) -> [PlacedSession] {
        var shown: [PlacedSession] = []
        for placed in sessions {
            switch try reader.acting(in: placed.session) {
            case .nobody: shown.append(placed)
            case .somebody(let impersonation, _):
                shown.append(
                    PlacedSession(session: placed.session, origin: placed.origin, impersonation: impersonation))
            case .over: break
            }
        }
        return shown
    }
}
