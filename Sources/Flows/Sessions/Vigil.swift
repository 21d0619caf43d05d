public import Domain
internal import Storage

/// Watches over the credential behind an answer that lasts: the answer must end when its credential does.
///
/// Nothing here counts as a use of the session, so a page that is left open does not keep somebody signed in.
public struct Vigil: Sendable {
    let authenticate: Authenticate
    let realm: RealmSettings
    private let token: ArraySlice<UInt8>
    private let name: LiveSessions.TokenName
    private let isAllowed: @Sendable (Grants) -> Bool

    /// Why a vigil ended; the raw values are public contract.
    public enum End: String, CaseIterable, Sendable {
        case sessionEnded = "session_ended"
        case tokenExpired = "token_expired"
        case permissionEnded = "permission_ended"
        /// The database cannot be asked, and nothing is believed without it.
        case unavailable
    }

    init(
        _ authenticate: Authenticate, token: ArraySlice<UInt8>, in realm: RealmSettings,
        isAllowed: @escaping @Sendable (Grants) -> Bool
    ) {
        self.authenticate = authenticate
        self.realm = realm
        // Not a part of the request's bytes, which would stay with it.
        self.token = Array(token)[...]
        name = authenticate.live.name(of: token)
        self.isAllowed = isAllowed
    }

    /// True when memory alone is enough to say that all is well: one lock, no database.
    func surelyHolds() -> Bool {
        authenticate.remembered(name, in: realm.name).map { isAllowed($0.grants) } ?? false
    }

    /// `nil` while all is well.
    func end() async -> End? {
        if surelyHolds() { return nil }
        do throws(StoreFault) {
            switch try await authenticate.again(bearer: token, name, in: realm) {
            case .authenticated(let principal): return isAllowed(principal.grants) ? nil : .permissionEnded
            case .refused(.expired): return .tokenExpired
            case .refused(.badToken), .refused(.sessionOver), .refused(.userDisabled): return .sessionEnded
            }
        } catch { return .unavailable }
    }
}

extension Authenticate {
    /// For a token that has just been presented and accepted.
    public func vigil(
        over token: ArraySlice<UInt8>, in realm: RealmSettings, while isAllowed: @escaping @Sendable (Grants) -> Bool
    ) -> Vigil {
        Vigil(self, token: token, in: realm, isAllowed: isAllowed)
    }
}
