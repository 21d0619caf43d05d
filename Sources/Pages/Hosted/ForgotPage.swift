internal import Domain
internal import Flows
internal import HTTP
internal import Storage

/// `/forgot`: has a letter sent with which a new password can be chosen. What is shown never depends on who there is.
struct ForgotPage: Sendable {
    let forgotPassword: ForgotPassword

    func show(_ page: PageRequest) -> Response {
        let visit = Visit(reading: page)
        return page.realm.hasPages ? view(visit, 200) : visit.notFound
    }

    func submit(_ page: PageRequest) async throws(StoreFault) -> Response {
        let visit: Visit
        switch Posted(page, on: "/forgot") {
        case .read(let read): visit = read
        case .refused(let response): return response
        }
        let identifier = visit.form["username_or_email"] ?? ""
        guard (1...1_024).contains(identifier.utf8.count) else {
            return view(
                visit, 422, "validation_error",
                problem: visit.words(identifier.isEmpty ? Phrase.required : Phrase.tooLong))
        }
        switch try await forgotPassword(identifier: identifier, in: page.realm, from: page.source) {
        case .sent(let ticket): return visit.toCheckMail(.reset, ticket: ticket)
        case .refused(.methodNotAllowed): return visit.notFound
        case .refused(.wait(let delay)):
            return view(visit, 429, "too_many_requests", notice: .bad(visit.words(.tooManyTries))).retry(after: delay)
        }
    }

    private func view(
        _ visit: Visit, _ status: Int, _ code: StaticString? = nil, notice: Notice? = nil, problem: String? = nil
    ) -> Response {
        let view = FormView(
            layout: visit.layout("/forgot"), title: visit.words(.resetPassword), lead: [visit.words(.forgotLead)],
            notice: notice,
            fields: [
                TextField(
                    name: "username_or_email", label: visit.words(.usernameOrEmail), autocomplete: "username",
                    value: visit.held("username_or_email"), problem: problem)
            ],
            hidden: visit.hidden, action: Link(visit.base, "/forgot"), button: visit.words(.sendMail),
            beside: [
                FormView.Way(
                    label: visit.words(.backToSignIn), link: Link(visit.base, "/login", query: visit.journey.fields))
            ])
        return visit.answer(status, view.markup, code: code)
    }
}
