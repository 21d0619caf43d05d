internal import Domain
internal import Flows
internal import HTTP
internal import Storage

/// `/reactivate`: takes an account up again that its owner laid down.
struct ReactivatePage: Sendable {
    let reactivate: Reactivate
    let door: Door
    let onward: Onward

    func show(_ page: PageRequest) -> Response {
        let visit = Visit(reading: page)
        return page.realm.hasPages ? Self.view(visit, 200) : visit.notFound
    }

    func submit(_ page: PageRequest) async throws(StoreFault) -> Response {
        let visit: Visit
        switch Posted(page, on: "/reactivate") {
        case .read(let read): visit = read
        case .refused(let response): return response
        }
        guard let (identifier, password) = visit.credentials else { return Self.wrong(visit) }
        let outcome = try await reactivate(
            identifier: identifier, password: password, in: page.realm, from: page.source, as: .cookie,
            device: SessionCookies(page.realm).deviceMark(in: page.request))
        switch outcome {
        case .signedIn(let signedIn):
            let entered = try await door.enter(signedIn, in: page.realm)
            guard let entered, let response = try await onward(visit, entered.principal, cookies: entered.cookies)
            else { return visit.unavailable("/login") }
            return response
        case .refused(.methodNotAllowed): return visit.notFound
        case .refused(.invalidCredentials), .refused(.deactivated): return Self.wrong(visit)
        case .refused(.banned(let until)): return Self.view(visit, 403, "account_banned", notice: visit.banned(until))
        case .refused(.throttled(let delay)):
            return Self.view(visit, 429, "too_many_requests", notice: .bad(visit.words(.tooManyTries)))
                .retry(after: delay)
        case .refused(.busy(let delay)): return Self.busy(visit, delay)
        case .refused(.abandoned): return Self.busy(visit, .seconds(1))
        }
    }

    private static func wrong(_ visit: Visit) -> Response {
        view(visit, 401, "invalid_credentials", notice: .bad(visit.words(.wrongCredentials)), isRefused: true)
    }

    private static func busy(_ visit: Visit, _ delay: Duration) -> Response {
        view(visit, 503, "busy", notice: .bad(visit.words(.busy))).retry(after: delay)
    }

    /// Also what somebody sees who signs in to an account that was laid down.
    static func view(
        _ visit: Visit, _ status: Int, _ code: StaticString? = nil, notice: Notice? = nil, isRefused: Bool = false
    ) -> Response {
        let destination = visit.journey.destination(in: visit.realm)
        let view = FormView(
            layout: visit.layout("/reactivate"), title: visit.words(.reactivateAccount),
            lead: [visit.words(.reactivateLead)], notice: notice,
            fields: [
                TextField(
                    name: "username_or_email", label: visit.words(.usernameOrEmail), autocomplete: "username",
                    value: visit.held("username_or_email"), isDescribedByNotice: isRefused),
                .currentPassword(name: "password", label: visit.words(.password), isRefused: isRefused),
            ],
            hidden: visit.hidden, action: Link(visit.base, "/reactivate"), button: visit.words(.reactivate),
            beside: [
                FormView.Way(
                    label: visit.words(.backToSignIn), link: Link(visit.base, "/login", query: visit.journey.fields))
            ])
        return visit.answer(status, view.markup, code: code, destination: destination.origin)
    }
}
