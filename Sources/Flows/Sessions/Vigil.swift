public import Domain
internal import Storage

/// Watches over the credential behind an answer that lasts: the answer must end when its credential does.
///
/// Nothing here counts as a use of the session, so a page that is left open does not keep somebody signed in.
public struct Vigil: Sendable {
    private let keeper: Keeper
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

    /// Whom the vigils over a realm's tokens ask. A class, because thousands of them share it.
    public final class Keeper: Sendable {
        fileprivate let authenticate: Authenticate
        fileprivate let realm: RealmSettings

        public init(_ authenticate: Authenticate, in realm: RealmSettings) {
            self.authenticate = authenticate
            self.realm = realm
        }

        /// For a token that has just been presented and accepted.
        public func vigil(over token: ArraySlice<UInt8>, while isAllowed: @escaping @Sendable (Grants) -> Bool) -> Vigil
        {
            Vigil(self, token: token, isAllowed: isAllowed)
        }
    }

    private init(_ keeper: Keeper, token: ArraySlice<UInt8>, isAllowed: @escaping @Sendable (Grants) -> Bool) {
        self.keeper = keeper
        // Not a part of the request's bytes, which would stay with it.
        self.token = Array(token)[...]
        name = keeper.authenticate.live.name(of: token)
        self.isAllowed = isAllowed
    }

    /// True when memory alone is enough to say that all is well: one lock, no database.
    func surelyHolds() -> Bool {
        keeper.authenticate.remembered(name, in: keeper.realm.name).map { isAllowed($0.grants) } ?? false
    }

    /// `nil` while all is well.
    func end() async -> End? {
        if surelyHolds() { return nil }
        do throws(StoreFault) {
            switch try await keeper.authenticate.again(bearer: token, name, in: keeper.realm) {
            case .authenticated(let principal): return isAllowed(principal.grants) ? nil : .permissionEnded
            case .refused(.expired): return .tokenExpired
            case .refused(.badToken), .refused(.sessionOver), .refused(.userDisabled): return .sessionEnded
            }
        } catch { return .unavailable }
    }
}
