internal import Domain
internal import Flows
internal import HTTP
internal import Storage

/// Finds out by its cookies who sent a request, and gives and takes those cookies.
struct Door: Sendable {
    let authenticate: Authenticate
    let refresh: Refresh

    private static let handoverLifetime = Duration.seconds(300)

    struct Caller: Sendable {
        let principal: Principal
        /// To go along with whatever is answered.
        let cookies: [SetCookie]
    }

    /// On the realm's own host a refresh cookie is exchanged where the access cookie has run out: somebody who comes
    /// back, or is sent here by an application, is not to sign in again while their session lives. An application's host
    /// has no refresh cookie.
    func caller(_ page: PageRequest) async throws(StoreFault) -> Caller? {
        let (sent, realm) = (Cookies(page.request.headers), page.realm)
        let client = page.application?.client ?? Session.nativeClient
        if case .value(let cookie) = sent[realm.cookies.access],
            let principal = try await person(cookie, client, in: realm)
        {
            return Caller(principal: principal, cookies: [])
        }
        guard page.application == nil, case .value(let token) = sent[realm.cookies.refresh] else { return nil }
        switch try await refresh(String(decoding: token, as: UTF8.self), in: realm, from: page.source, as: .cookie) {
        case .issued(let signedIn): return try await enter(signedIn, in: realm)
        case .refused: return nil
        }
    }

    /// `nil` where the session ended at once.
    func enter(_ signedIn: SignedIn, in realm: Realm) async throws(StoreFault) -> Caller? {
        let cookie = Array(signedIn.accessToken.utf8)[...]
        guard let principal = try await person(cookie, Session.nativeClient, in: realm) else { return nil }
        return Caller(principal: principal, cookies: SessionCookies(realm).set(signedIn))
    }

    /// Of an application's host, which is done with the browser's handover.
    ///
    /// Lax whatever the realm says: what was set on the way from another site would not be sent with the step that
    /// follows, and the browser would go round for ever. Changes need a proof of their origin all the same.
    func enter(_ redeemed: RedeemHandover.Redeemed, in realm: Realm) -> [SetCookie] {
        [
            realm.cookie(realm.cookies.access, redeemed.accessCookie, for: redeemed.life, .lax),
            realm.cookie(realm.cookies.handover, "", for: .zero, .lax),
        ].compactMap(\.self)
    }

    func leave(_ realm: Realm) -> [SetCookie] { SessionCookies(realm).removal }

    /// `nil` also where it was sent twice: a sibling host may have planted one.
    func handoverCookie(_ page: PageRequest) -> ArraySlice<UInt8>? {
        guard case .value(let value) = Cookies(page.request.headers)[page.realm.cookies.handover] else { return nil }
        return value
    }

    /// Lax, because the way back comes from the realm's host.
    func remember(_ browser: HandoverBrowser, in realm: Realm) -> [SetCookie] {
        [realm.cookie(realm.cookies.handover, browser.cookie, for: Self.handoverLifetime, .lax)].compactMap(\.self)
    }

    /// Ties the ticket of a sign-up to the browser that chose the password. A ticket alone travels in links: whoever
    /// planted a sign-up with somebody else's address could send them one, and have them type the code.
    func remember(signUp ticket: String, in realm: Realm) -> [SetCookie] {
        [realm.cookie(realm.signUpCookie, ticket, for: LetterPurpose.confirmSignUp.life, .strict)].compactMap(\.self)
    }

    func forgetSignUp(in realm: Realm) -> [SetCookie] {
        [realm.cookie(realm.signUpCookie, "", for: .zero, .strict)].compactMap(\.self)
    }

    func isSignUp(_ ticket: String, of page: PageRequest) -> Bool {
        guard case .value(let value) = Cookies(page.request.headers)[page.realm.signUpCookie] else { return false }
        return value.elementsEqual(ticket.utf8)
    }

    private func person(
        _ cookie: ArraySlice<UInt8>, _ client: String, in realm: Realm
    ) async throws(StoreFault) -> Principal? {
        switch try await authenticate(Credentials(cookie: cookie, client: client), in: realm) {
        // Who acts as somebody has tokens only, and no page takes him for the person.
        case .authenticated(let result): result.principal.flatMap { $0.impersonation == nil ? $0 : nil }
        case .refused: nil
        }
    }
}

extension CookieNames {
    /// On an application's host, while a session is being handed over to it.
    var handover: String { isPlain ? "aldrava_handover" : "__Host-aldrava_handover" }
}

extension Realm {
    /// Where a sign-up was begun, until its address is proven. Two realms on one host never share one.
    fileprivate var signUpCookie: String { "\(cookies.isPlain ? "" : "__Host-")\(name)_sign_up" }
}
