internal import Domain
public import HTTP

/// The two cookies that a realm's sessions have in browsers: as requests bring them, and as answers set and remove them.
public struct SessionCookies: Sendable {
    private let realm: Realm

    public init(_ realm: Realm) { self.realm = realm }

    public func refreshToken(in request: Request) -> Headers.Single { Cookies(request.headers)[realm.cookies.refresh] }

    /// Whether the browser was here before; `nil` also where it was sent twice.
    public func deviceMark(in request: Request) -> String? {
        guard case .value(let text) = Cookies(request.headers)[realm.cookies.device] else { return nil }
        return String(decoding: text, as: UTF8.self)
    }

    /// As long as browsers keep any: the mark is for people who come back after their session has ended.
    private static let deviceLifetime = Duration.seconds(400 * 86_400)

    /// The refresh cookie stays no longer than an unused session lives.
    public func set(_ signedIn: SignedIn) -> [SetCookie] {
        cookies(
            access: signedIn.accessToken, signedIn.accessLife, refresh: signedIn.refreshToken,
            min(signedIn.sessionLife, realm.rules.idleLimit))
            + [signedIn.deviceMark.flatMap { realm.cookie(realm.cookies.device, $0, for: Self.deviceLifetime, .lax) }]
            .compactMap(\.self)
    }

    public var removal: [SetCookie] { cookies(access: "", .zero, refresh: "", .zero) }

    /// Both as the realm says: a browser that another site's page leads to the sign-in page must bring the refresh cookie
    /// along, or everybody who was away for longer than an access cookie lives would have to sign in again. What another
    /// page can do with it is nothing: changes need a proof of their origin.
    private func cookies(
        access: String, _ accessLife: Duration, refresh: String, _ refreshLife: Duration
    ) -> [SetCookie] {
        [
            realm.cookie(realm.cookies.access, access, for: accessLife, realm.sameSite),
            realm.cookie(realm.cookies.refresh, refresh, for: refreshLife, realm.sameSite),
        ].compactMap(\.self)
    }
}

extension Realm {
    /// How the realm's cookies travel between sites.
    public var sameSite: SetCookie.SameSite {
        switch rules.sameSite {
        case .lax: .lax
        case .strict: .strict
        }
    }

    /// A cookie that never stays longer than what it names lives; without a life, one that is removed.
    public func cookie(
        _ name: String, _ value: String, for life: Duration, _ sameSite: SetCookie.SameSite
    ) -> SetCookie? {
        SetCookie(
            name, value, isSecure: !cookies.isPlain, sameSite: sameSite, maxAge: max(life.wholeMilliseconds, 0) / 1_000)
    }
}
