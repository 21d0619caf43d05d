internal import Domain
internal import Flows
internal import HTTP
internal import Storage

/// `/account/…`: what a person changes of their own account. Each asks for the present password.
struct OwnAccountPage: Sendable {
    let accounts: AccountFlows
    let exportData: ExportData
    let door: Door

    enum Change: CaseIterable, Sendable { case email, password, download, deactivate, delete }

    func show(_ change: Change, _ page: PageRequest) async throws(StoreFault) -> Response {
        let visit = Visit(reading: page)
        guard page.realm.hasPages else { return visit.notFound }
        guard let caller = try await door.caller(page) else { return visit.toLogin(leadingTo: change.path) }
        return view(visit, change, caller, 200)
    }

    func submit(_ change: Change, _ page: PageRequest) async throws(StoreFault) -> Response {
        let visit: Visit
        switch Posted(page, on: change.path) {
        case .read(let read): visit = read
        case .refused(let response): return response
        }
        guard let caller = try await door.caller(page) else { return visit.toLogin(leadingTo: change.path) }
        guard (1...4_096).contains((visit.form["current"] ?? "").utf8.count) else {
            let isEmpty = (visit.form["current"] ?? "").isEmpty
            return view(
                visit, change, caller, 422, "validation_error",
                problems: ["current": visit.words(isEmpty ? Phrase.required : Phrase.tooLong)])
        }
        return switch change {
        case .email: try await changeEmail(visit, caller)
        case .password: try await changePassword(visit, caller)
        case .download: try await download(visit, caller)
        case .deactivate: try await deactivate(visit, caller)
        case .delete: try await delete(visit, caller)
        }
    }

    /// Has a letter sent to the present address, to prove that it is read.
    func verify(_ page: PageRequest) async throws(StoreFault) -> Response {
        let visit: Visit
        switch Posted(page, on: "/account") {
        case .read(let read): visit = read
        case .refused(let response): return response
        }
        guard let caller = try await door.caller(page) else { return visit.toLogin(leadingTo: "/account") }
        switch try await accounts.requestVerification(caller.principal, in: page.realm, from: page.source) {
        case .sent(let ticket): return visit.toCheckMail(.verify, ticket: ticket, cookies: caller.cookies)
        case .alreadyVerified: return visit.toAccount(.addressConfirmed, caller)
        case .wait(let delay):
            return visit.message(
                429, "too_many_requests", title: visit.words(Phrase.unavailable), visit.words(.tooManyTries),
                next: (visit.words(.yourAccount), visit.link("/account")), on: "/account"
            ).retry(after: delay)
        }
    }

    // MARK: Acting

    private func changeEmail(_ visit: Visit, _ caller: Door.Caller) async throws(StoreFault) -> Response {
        let outcome = try await accounts.requestEmailChange(
            to: visit.form["email"] ?? "", current: visit.secret("current"), of: caller.principal, in: visit.realm,
            from: visit.page.source)
        switch outcome {
        case .sent(let ticket): return visit.toCheckMail(.changeEmail, ticket: ticket, cookies: caller.cookies)
        case .refused(.reproof(let refusal)): return refused(visit, .email, caller, refusal)
        case .refused(.invalid(let problems)):
            return view(visit, .email, caller, 422, "validation_error", problems: visit.words(for: problems))
        case .refused(.wait(let delay)): return wait(visit, .email, caller, delay)
        }
    }

    private func changePassword(_ visit: Visit, _ caller: Door.Caller) async throws(StoreFault) -> Response {
        let outcome = try await accounts.changePassword(
            current: visit.secret("current"), to: visit.secret("password"), endsOthers: visit.isTicked("end_others"),
            of: caller.principal, provenBy: .session, in: visit.realm, from: visit.page.source)
        switch outcome {
        case .changed(let signedIn):
            guard let entered = try await door.enter(signedIn, in: visit.realm) else {
                return visit.redirect(to: visit.onward("/login", .passwordSet), cookies: door.leave(visit.realm))
            }
            return visit.toAccount(.passwordChanged, entered)
        case .refused(.reproof(let refusal)): return refused(visit, .password, caller, refusal)
        case .refused(.invalid(let problems)):
            return view(visit, .password, caller, 422, "validation_error", problems: visit.words(for: problems))
        }
    }

    private func deactivate(_ visit: Visit, _ caller: Door.Caller) async throws(StoreFault) -> Response {
        let outcome = try await accounts.deactivate(
            current: visit.secret("current"), of: caller.principal, provenBy: .session, in: visit.realm,
            from: visit.page.source)
        switch outcome {
        case .deactivated:
            return visit.redirect(
                to: visit.link("/login", [Done.deactivated.field]), cookies: door.leave(visit.realm))
        case .refused(let refusal): return refused(visit, .deactivate, caller, refusal)
        case .lastAdministrator: return alone(visit, .deactivate, caller)
        }
    }

    private func delete(_ visit: Visit, _ caller: Door.Caller) async throws(StoreFault) -> Response {
        let outcome = try await accounts.deleteOwn(
            current: visit.secret("current"), of: caller.principal, provenBy: .session, in: visit.realm,
            from: visit.page.source)
        switch outcome {
        case .scheduled:
            return visit.redirect(to: visit.link("/login", [Done.deleted.field]), cookies: door.leave(visit.realm))
        case .refused(let refusal): return refused(visit, .delete, caller, refusal)
        case .lastAdministrator: return alone(visit, .delete, caller)
        }
    }

    private func download(_ visit: Visit, _ caller: Door.Caller) async throws(StoreFault) -> Response {
        let outcome = try await exportData.own(
            of: caller.principal, password: visit.secret("current"), in: visit.realm,
            by: Actor(caller.principal, provenBy: .session, from: visit.page.source))
        switch outcome {
        case .bundle(let bundle):
            return visit.file("my-data.json", "application/json", caller, BodyStream { await bundle.next() })
        case .refused(.proofNeeded), .refused(.wrongPassword):
            return refused(visit, .download, caller, .wrongPassword)
        case .refused(.wait(let delay)): return wait(visit, .download, caller, delay)
        case .refused(.noSuchUser), .refused(.deed):
            return visit.toLogin(leadingTo: OwnAccountPage.Change.download.path)
        }
    }

    // MARK: Showing

    private func refused(
        _ visit: Visit, _ change: Change, _ caller: Door.Caller, _ refusal: ReproofRefusal
    ) -> Response {
        switch refusal {
        case .proofRequired, .wrongPassword:
            view(
                visit, change, caller, 422, "wrong_password",
                problems: ["current": visit.words(.wrongPassword)])
        case .sessionOver: visit.toLogin(leadingTo: change.path)
        case .wait(let delay): wait(visit, change, caller, delay)
        case .busy(let delay): busy(visit, change, caller, delay)
        case .abandoned: busy(visit, change, caller, .seconds(1))
        }
    }

    /// Nobody would be left who administers the realm.
    private func alone(_ visit: Visit, _ change: Change, _ caller: Door.Caller) -> Response {
        view(visit, change, caller, 409, "last_administrator", notice: .bad(visit.words(.lastAdministrator)))
    }

    private func wait(_ visit: Visit, _ change: Change, _ caller: Door.Caller, _ delay: Duration) -> Response {
        view(visit, change, caller, 429, "too_many_requests", notice: .bad(visit.words(.tooManyTries)))
            .retry(after: delay)
    }

    private func busy(_ visit: Visit, _ change: Change, _ caller: Door.Caller, _ delay: Duration) -> Response {
        view(visit, change, caller, 503, "busy", notice: .bad(visit.words(.busy))).retry(after: delay)
    }

    private func view(
        _ visit: Visit, _ change: Change, _ caller: Door.Caller, _ status: Int, _ code: StaticString? = nil,
        notice: Notice? = nil, problems: [String: String] = [:]
    ) -> Response {
        let person = caller.principal.user
        var fields: [TextField] = []
        var checks: [CheckField] = []
        let current = TextField.currentPassword(
            name: "current", label: visit.words(.currentPassword), problem: problems["current"])
        switch change {
        case .email:
            fields = [
                TextField(
                    name: "email", label: visit.words(.newEmail), kind: "email", autocomplete: "email",
                    value: visit.held("email"), problem: problems["email"]), current,
            ]
        case .password:
            let isFirst = visit.page.request.method == .get
            fields = [
                current,
                .newPassword(visit, label: visit.words(.newPassword), problem: problems["password"]),
            ]
            checks = [
                CheckField(
                    name: "end_others", label: visit.words(.endOtherSessions),
                    isChecked: isFirst || visit.isTicked("end_others"))
            ]
        case .download, .deactivate, .delete: fields = [current]
        }
        let view = FormView(
            layout: visit.layout(change.path), title: visit.words(change.title),
            lead: [change.lead.words(in: visit.language, person.email)], notice: notice, fields: fields,
            checks: checks, hidden: HiddenFields(fields: visit.journey.languageField),
            action: Link(visit.base, change.path), button: visit.words(change.button),
            style: change.isGrave ? .danger : .main,
            beside: [FormView.Way(label: visit.words(.cancel), link: visit.link("/account"))])
        var response = visit.answer(status, view.markup, code: code, cookies: caller.cookies)
        response.caller = caller.principal
        return response
    }
}

extension OwnAccountPage.Change {
    var path: StaticString {
        switch self {
        case .email: "/account/email"
        case .password: "/account/password"
        case .download: "/account/data/download"
        case .deactivate: "/account/deactivate"
        case .delete: "/account/delete"
        }
    }

    /// One sentence for whoever reads the documentation.
    var sentence: String {
        switch self {
        case .email: "Changes the account's address."
        case .password: "Changes the password."
        case .download: "Hands out everything that is held about a person."
        case .deactivate: "Lays the account down."
        case .delete: "Ends the account for good."
        }
    }

    var title: AccountPhrase {
        switch self {
        case .email: .changeEmail
        case .password: .changePassword
        case .download: .downloadData
        case .deactivate: .deactivate
        case .delete: .delete
        }
    }

    var lead: AccountPhrase {
        switch self {
        case .email: .changeEmailLead
        case .password: .changePasswordLead
        case .download: .downloadLead
        case .deactivate: .deactivateLead
        case .delete: .deleteLead
        }
    }

    var button: AccountPhrase {
        switch self {
        case .email: .continueByMail
        case .password: .setPassword
        case .download: .download
        case .deactivate: .deactivateAccount
        case .delete: .deleteAccount
        }
    }

    var isGrave: Bool {
        switch self {
        case .email, .password, .download: false
        case .deactivate, .delete: true
        }
    }
}
