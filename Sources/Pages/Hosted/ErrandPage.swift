internal import Domain
internal import Flows
internal import HTTP
internal import Storage

/// The pages that letters lead to, and `/check-mail`, where a letter's code is typed instead.
///
/// A GET shows a form and asks nothing of the database: programs that look at mail open its links too.
struct ErrandPage: Sendable {
    let accounts: AccountFlows
    let door: Door
    let onward: Onward

    /// From a letter's link.
    func show(_ errand: Errand, _ page: PageRequest) -> Response {
        let visit = Visit(reading: page)
        guard page.realm.hasPages else { return visit.notFound }
        guard let token = visit.carried("token") else { return Self.over(visit, errand) }
        return Self.view(visit, errand, .link(token: token), 200)
    }

    /// For whoever has asked for a letter.
    func checkMail(_ page: PageRequest) -> Response {
        let visit = Visit(reading: page)
        guard page.realm.hasPages else { return visit.notFound }
        guard let errand = visit.typedErrand, let ticket = visit.carried("ticket") else {
            return visit.redirect(to: visit.link("/forgot"))
        }
        return Self.view(visit, errand, .ticket(ticket), 200, notice: visit.done(among: [.changeUndone, .sentAgain]))
    }

    /// Another letter for a sign-up, of which nothing but the ticket is known here.
    func sendAgain(_ page: PageRequest) async throws(StoreFault) -> Response {
        let visit: Visit
        switch Posted(page, on: "/check-mail") {
        case .read(let read): visit = read
        case .refused(let response): return response
        }
        guard let ticket = visit.carried("ticket") else { return visit.redirect(to: visit.link("/forgot")) }
        switch try await accounts.resendConfirmation(ticket: ticket, in: page.realm, from: page.source) {
        case .sent: return visit.toCheckMail(.confirm, ticket: ticket, done: .sentAgain)
        case .wait(let delay): return Self.wait(visit, .confirm, .ticket(ticket), delay)
        }
    }

    func submit(_ errand: Errand, _ page: PageRequest) async throws(StoreFault) -> Response {
        let visit: Visit
        switch Posted(page, on: errand.path) {
        case .read(let read): visit = read
        case .refused(let response): return response
        }
        if let token = visit.carried("token") {
            return try await submit(errand, visit, .link(token: token), .link(token: token))
        }
        guard errand.hasCode, let ticket = visit.carried("ticket") else { return Self.over(visit, errand) }
        let code = (visit.form["code"] ?? "").utf8.filter { $0 != 0x20 && $0 != 0x2D }
        let proof = MailProof.typed(ticket: ticket, code: String(decoding: code.prefix(32), as: UTF8.self))
        return try await submit(errand, visit, .ticket(ticket), proof)
    }

    private func submit(
        _ errand: Errand, _ visit: Visit, _ carried: Carried, _ proof: MailProof
    ) async throws(StoreFault) -> Response {
        let (realm, source) = (visit.realm, visit.page.source)
        switch errand {
        case .reset, .invite:
            let outcome = try await accounts.resetPassword(
                proof, password: visit.secret("password"), in: realm, from: source)
            switch outcome {
            case .reset: return visit.redirect(to: visit.onward("/login", .passwordSet))
            case .refused(.proof(let refusal)): return Self.refused(visit, errand, carried, refusal)
            case .refused(.invalid(let problems)):
                return Self.view(visit, errand, carried, 422, "validation_error", problems: visit.words(for: problems))
            case .refused(.busy(let delay)): return Self.busy(visit, errand, carried, delay)
            case .refused(.abandoned): return Self.busy(visit, errand, carried, .seconds(1))
            }
        case .confirm: return try await confirm(visit, carried, proof)
        case .verify:
            switch try await accounts.verifyEmail(proof, in: realm, from: source) {
            case .verified: return try await home(visit, .addressConfirmed)
            case .refused(let refusal): return Self.refused(visit, errand, carried, refusal)
            }
        case .changeEmail: return try await changeEmail(visit, carried, proof)
        case .undoEmailChange:
            switch try await accounts.undoEmailChange(proof, in: realm, from: source) {
            case .undone(let ticket):
                return visit.toCheckMail(.reset, ticket: ticket, done: .changeUndone, cookies: door.leave(realm))
            case .refused(let refusal): return Self.refused(visit, errand, carried, refusal)
            }
        case .undelete:
            switch try await accounts.undoDeletion(proof, in: realm, from: source) {
            case .undone: return visit.redirect(to: visit.link("/login", [Done.kept.field]))
            case .refused(let refusal): return Self.refused(visit, errand, carried, refusal)
            }
        }
    }

    private func confirm(_ visit: Visit, _ carried: Carried, _ proof: MailProof) async throws(StoreFault) -> Response {
        // Beside a link the password is asked for, beside a code the browser that chose it.
        let password: Secret?
        switch carried {
        case .link: password = visit.secret("password")
        case .ticket(let ticket):
            guard door.isSignUp(ticket, of: visit.page) else { return Self.refused(visit, .confirm, carried, .notGood) }
            password = nil
        }
        let outcome = try await accounts.confirmSignUp(
            proof, password: password, in: visit.realm, from: visit.page.source, as: .cookie)
        switch outcome {
        case .confirmed(let signedIn):
            let entered = try await door.enter(signedIn, in: visit.realm)
            let spent = door.forgetSignUp(in: visit.realm)
            guard let entered,
                let response = try await onward(visit, entered.principal, cookies: entered.cookies + spent)
            else { return visit.redirect(to: visit.onward("/login", .accountConfirmed)) }
            return response
        case .refused(.closed): return visit.notFound
        case .refused(.proof(let refusal)): return Self.refused(visit, .confirm, carried, refusal)
        case .refused(.wrongPassword):
            return Self.view(
                visit, .confirm, carried, 422, "wrong_password",
                problems: ["password": visit.words(.notTheChosenPassword)])
        case .refused(.taken):
            return Self.view(visit, .confirm, carried, 409, "already_registered", notice: .bad(visit.words(.taken)))
        case .refused(.busy(let delay)): return Self.busy(visit, .confirm, carried, delay)
        case .refused(.abandoned): return Self.busy(visit, .confirm, carried, .seconds(1))
        }
    }

    private func changeEmail(
        _ visit: Visit, _ carried: Carried, _ proof: MailProof
    ) async throws(StoreFault) -> Response {
        let caller = try await door.caller(visit.page)
        let outcome = try await accounts.confirmEmailChange(
            proof, by: caller.map { ($0.principal, .session) }, in: visit.realm, from: visit.page.source)
        switch outcome {
        case .changed(let signedIn):
            if let signedIn, let entered = try await door.enter(signedIn, in: visit.realm) {
                return visit.toAccount(.addressChanged, entered)
            }
            return try await home(visit, .addressChanged)
        case .refused(.proof(let refusal)): return Self.refused(visit, .changeEmail, carried, refusal)
        case .refused(.taken):
            return Self.view(visit, .changeEmail, carried, 409, "already_registered", notice: .bad(visit.words(.taken)))
        }
    }

    /// The account for whoever is signed in, signing in for others.
    private func home(_ visit: Visit, _ done: Done) async throws(StoreFault) -> Response {
        guard let caller = try await door.caller(visit.page) else {
            return visit.redirect(to: visit.onward("/login", done))
        }
        return visit.toAccount(done, caller)
    }
}
