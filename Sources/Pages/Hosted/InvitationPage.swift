internal import Domain
internal import Flows
internal import HTTP
internal import Storage

/// `/invitation`: where the letter leads that invites somebody into an organisation.
///
/// A GET shows a form; only the form takes the invitation up. Whoever is signed in accepts, whoever is not makes an account.
struct InvitationPage: Sendable {
    let accept: AcceptInvitation
    let join: JoinByInvitation
    let door: Door

    func show(_ page: PageRequest) async throws(StoreFault) -> Response {
        let visit = Visit(reading: page)
        guard page.realm.hasPages else { return visit.notFound }
        guard let token = visit.carried("token") else { return Self.over(visit) }
        return view(visit, token, try await door.caller(page), 200)
    }

    func submit(_ page: PageRequest) async throws(StoreFault) -> Response {
        let visit: Visit
        switch Posted(page, on: "/invitation") {
        case .read(let read): visit = read
        case .refused(let response): return response
        }
        guard let token = visit.carried("token") else { return Self.over(visit) }
        guard let caller = try await door.caller(page) else { return try await join(visit, token) }
        let actor = Actor(caller.principal, provenBy: .session, from: page.source)
        switch try await accept(token: token, by: actor, in: page.realm) {
        case .accepted: return visit.toAccount(.joined, caller)
        case .refused(.proof(.notGood)): return Self.over(visit)
        case .refused(.proof(.wait(let delay))): return wait(visit, token, caller, delay)
        case .refused(.otherAddress):
            return view(
                visit, token, caller, 403, "other_address", notice: .bad(visit.words(.invitationForOtherAddress)))
        case .refused(.addressNotProven):
            return view(visit, token, caller, 403, "address_not_proven", notice: .bad(visit.words(.confirmFirst)))
        }
    }

    private func join(_ visit: Visit, _ token: String) async throws(StoreFault) -> Response {
        let username = visit.form["username"] ?? ""
        let input = JoinByInvitation.Input(
            username: username.isEmpty ? nil : username, password: visit.secret("password"),
            language: visit.journey.language, consents: visit.form.values(of: "consents"))
        switch try await join(token: token, input, in: visit.realm, from: visit.page.source) {
        case .joined: return visit.redirect(to: visit.onward("/login", .joined))
        case .refused(.proof(.notGood)): return Self.over(visit)
        case .refused(.proof(.wait(let delay))): return wait(visit, token, nil, delay)
        case .refused(.invalid(let problems)):
            return view(visit, token, nil, 422, "validation_error", problems: visit.words(for: problems))
        case .refused(.hasAccount):
            return view(visit, token, nil, 409, "has_account", notice: .bad(visit.words(.signInToJoin)))
        case .refused(.taken):
            return view(
                visit, token, nil, 409, "already_registered", problems: ["username": visit.words(.usernameTaken)])
        case .refused(.busy(let delay)): return busy(visit, token, delay)
        case .refused(.abandoned): return busy(visit, token, .seconds(1))
        }
    }

    private func view(
        _ visit: Visit, _ token: String, _ caller: Door.Caller?, _ status: Int, _ code: StaticString? = nil,
        notice: Notice? = nil, problems: [String: String] = [:]
    ) -> Response {
        let held = [Query.Field("token", token)]
        let isRefused = problems.keys.contains { $0.utf8.starts(with: "consents".utf8) }
        let fields =
            caller == nil
            ? [
                TextField(
                    name: "username", label: visit.words(.username), autocomplete: "username",
                    value: visit.held("username"), problem: problems["username"]),
                .newPassword(visit, label: visit.words(.password), problem: problems["password"]),
            ] : []
        let view = FormView(
            layout: visit.layout("/invitation", with: held), title: visit.words(.joinOrganisation),
            lead: [
                caller.map { AccountPhrase.joinLeadOf.words(in: visit.language, $0.principal.user.username) }
                    ?? visit.words(.joinLead)
            ], notice: notice, fields: fields,
            checks: caller == nil ? RegisterPage.consents(visit, isRefused: isRefused) : [],
            hidden: HiddenFields(fields: held + visit.journey.fields), action: Link(visit.base, "/invitation"),
            button: visit.words(caller == nil ? .joinWithAccount : .joinNow),
            beside: caller == nil
                ? [
                    FormView.Way(
                        text: visit.words(.joinBySigningIn), label: visit.words(.signIn),
                        link: Link(visit.base, "/login", query: visit.journey.fields))
                ] : [])
        return visit.answer(
            status, view.markup, code: code, cookies: caller?.cookies ?? [], hidesAddress: true)
    }

    private func wait(_ visit: Visit, _ token: String, _ caller: Door.Caller?, _ delay: Duration) -> Response {
        view(visit, token, caller, 429, "too_many_requests", notice: .bad(visit.words(.tooManyTries)))
            .retry(after: delay)
    }

    private func busy(_ visit: Visit, _ token: String, _ delay: Duration) -> Response {
        view(visit, token, nil, 503, "busy", notice: .bad(visit.words(.busy))).retry(after: delay)
    }

    private static func over(_ visit: Visit) -> Response {
        visit.message(
            400, "invalid_proof", title: visit.words(.proofOver), visit.words(.invitationOver),
            next: (visit.words(.backToSignIn), visit.link("/login")), on: "/login")
    }
}
