internal import Domain
internal import Flows
internal import HTTP
internal import Storage

/// `/login`: signs a person in, and sends them on to where they wanted to go.
struct LoginPage: Sendable {
    let signIn: SignIn
    let door: Door
    let onward: Onward

    /// Whoever is signed in already goes on at once.
    func show(_ page: PageRequest) async throws(StoreFault) -> Response {
        let visit = Visit(reading: page)
        guard page.realm.hasPages else { return visit.notFound }
        if let caller = try await door.caller(page),
            let response = try await onward(visit, caller.principal, cookies: caller.cookies)
        {
            return response
        }
        return view(visit, 200, notice: visit.done(among: Done.onLogin))
    }

    func submit(_ page: PageRequest) async throws(StoreFault) -> Response {
        let visit: Visit
        switch Posted(page, on: "/login") {
        case .read(let read): visit = read
        case .refused(let response): return response
        }
        guard let (identifier, password) = visit.credentials else { return refused(visit) }
        let outcome = try await signIn(
            identifier: identifier, password: password, in: page.realm, from: page.source, as: .cookie,
            device: SessionCookies(page.realm).deviceMark(in: page.request))
        switch outcome {
        case .signedIn(let signedIn):
            let entered = try await door.enter(signedIn, in: page.realm)
            guard let entered, let response = try await onward(visit, entered.principal, cookies: entered.cookies)
            else { return visit.unavailable("/login") }
            return response
        case .refused(.methodNotAllowed): return visit.notFound
        case .refused(.invalidCredentials): return refused(visit)
        case .refused(.deactivated):
            return ReactivatePage.view(
                visit, 403, "account_deactivated", notice: .bad(visit.words(.accountDeactivated)))
        case .refused(.banned(let until)): return view(visit, 403, "account_banned", notice: visit.banned(until))
        case .refused(.throttled(let delay)):
            return view(visit, 429, "too_many_requests", notice: .bad(visit.words(.tooManyTries))).retry(after: delay)
        case .refused(.busy(let delay)): return busy(visit, delay)
        case .refused(.abandoned): return busy(visit, .seconds(1))
        }
    }

    private func refused(_ visit: Visit) -> Response {
        view(visit, 401, "invalid_credentials", notice: .bad(visit.words(.wrongCredentials)), isRefused: true)
    }

    private func busy(_ visit: Visit, _ delay: Duration) -> Response {
        view(visit, 503, "busy", notice: .bad(visit.words(.busy))).retry(after: delay)
    }

    private func view(
        _ visit: Visit, _ status: Int, _ code: StaticString? = nil, notice: Notice?, isRefused: Bool = false
    ) -> Response {
        let destination = visit.journey.destination(in: visit.realm)
        let view = SignInView(
            layout: visit.layout("/login"), destination: destination.words,
            identifier: visit.held("username_or_email"), notice: notice, isRefused: isRefused,
            hidden: visit.hidden, action: Link(visit.base, "/login"),
            forgot: Link(visit.base, "/forgot", query: visit.journey.fields),
            signUp: visit.realm.rules.hasSignUp
                ? Link(visit.base, "/register", query: visit.journey.fields) : nil)
        return visit.answer(status, view.markup, code: code, destination: destination.origin)
    }
}

extension Realm {
    /// Whether people sign in on pages here: they hold cookies, and by a password.
    var hasPages: Bool { rules.transports.contains(.cookie) && rules.signInMethods.contains(.password) }
}
