public import Domain
internal import Storage

/// Watches over the credential behind an answer that lasts: the answer must end when its credential does.
///
/// Nothing here counts as a use of the session, so a page that is left open does not keep somebody signed in.
public struct Vigil: Sendable {
    private let keeper: Keeper
    private let realm: Realm
    private let credential: Authenticate.Carried
    private let isAllowed: @Sendable (Grants) -> Bool

    /// Why a vigil ended; the raw values are public contract.
    public enum End: String, CaseIterable, Sendable {
        case sessionEnded = "session_ended"
        case tokenExpired = "token_expired"
        case permissionEnded = "permission_ended"
        /// The database cannot be asked, and nothing is believed without it.
        case unavailable
    }

    /// Whom the vigils ask. A class, because thousands of them share it.
    public final class Keeper: Sendable {
        fileprivate let authenticate: Authenticate
        fileprivate let realms: Realms

        public init(_ authenticate: Authenticate, realms: Realms) {
            self.authenticate = authenticate
            self.realms = realms
        }

        /// Over the credential that has just proven `source`; `nil` where there is none.
        public func vigil(
            over credentials: Credentials, by source: AuthResult.Source, in realm: Realm,
            while isAllowed: @escaping @Sendable (Grants) -> Bool
        ) -> Vigil? {
            authenticate.carried(credentials, by: source).map {
                Vigil(keeper: self, realm: realm, credential: $0, isAllowed: isAllowed)
            }
        }
    }

    fileprivate init(
        keeper: Keeper, realm: Realm, credential: Authenticate.Carried,
        isAllowed: @escaping @Sendable (Grants) -> Bool
    ) {
        self.keeper = keeper
        self.realm = realm
        self.credential = credential
        self.isAllowed = isAllowed
    }

    /// True when memory alone is enough to say that all is well: a lock or two, no database.
    func surelyHolds() -> Bool {
        // Whoever was let in just before the realm was disabled may have left the session in memory.
        guard case let present?? = keeper.realms.known(realm.name), present.isEnabled else { return false }
        return keeper.authenticate.remembered(credential, in: realm.name).map(isAllowed) ?? false
    }

    /// `nil` while all is well.
    func end() async -> End? {
        if surelyHolds() { return nil }
        do throws(StoreFault) {
            // As it is now: what the answer began with may have been changed.
            guard let present = try await keeper.realms.find(realm.name), present.isEnabled else {
                return .sessionEnded
            }
            switch try await keeper.authenticate.again(credential, in: present) {
            case .success(let grants): return isAllowed(grants) ? nil : .permissionEnded
            case .failure(.expired): return .tokenExpired
            case .failure(.badToken), .failure(.badCookie), .failure(.badKey), .failure(.sessionOver),
                .failure(.userDisabled):
                return .sessionEnded
            }
        } catch { return .unavailable }
    }
}
