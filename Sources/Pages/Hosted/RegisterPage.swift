internal import Domain
internal import Flows
internal import HTTP
internal import Storage

/// `/register`: makes an account where the realm lets strangers do so, and signs its owner in.
struct RegisterPage: Sendable {
    let signUp: SignUp
    let door: Door
    let onward: Onward

    func show(_ page: PageRequest) async throws(StoreFault) -> Response {
        let visit = Visit(reading: page)
        guard page.realm.hasPages, page.realm.rules.hasSignUp else { return visit.notFound }
        if let caller = try await door.caller(page),
            let response = try await onward(visit, caller.principal, cookies: caller.cookies)
        {
            return response
        }
        return view(visit, 200)
    }

    func submit(_ page: PageRequest) async throws(StoreFault) -> Response {
        let visit: Visit
        switch Posted(page, on: "/register") {
        case .read(let read): visit = read
        case .refused(let response): return response
        }
        guard page.realm.rules.hasSignUp else { return visit.notFound }
        let input = SignUp.Input(
            username: visit.form["username"] ?? "", email: visit.form["email"] ?? "",
            password: visit.secret("password"), language: visit.language, consents: visit.form.values(of: "consents"),
            attributes: visit.realm.rules.profile.json(typed: Self.attributes(visit)))
        switch try await signUp(input.with(Self.proof(visit)), in: page.realm, from: page.source, as: .cookie) {
        case .signedUp(let signedIn):
            let entered = try await door.enter(signedIn, in: page.realm)
            guard let entered, let response = try await onward(visit, entered.principal, cookies: entered.cookies)
            else { return visit.unavailable("/register") }
            return response
        case .pending(let ticket):
            return visit.toCheckMail(.confirm, ticket: ticket, cookies: door.remember(signUp: ticket, in: page.realm))
        case .refused(.closed): return visit.notFound
        case .refused(.proofOfWorkRequired):
            return view(visit, 403, "proof_of_work_required", notice: .bad(visit.words(.workNeedsScript)))
        case .refused(.proofOfWorkInvalid):
            return view(visit, 403, "proof_of_work_invalid", notice: .bad(visit.words(.workOver)))
        case .refused(.invalid(let problems)):
            return view(visit, 422, "validation_error", problems: visit.words(for: problems))
        case .refused(.taken):
            return view(visit, 409, "already_registered", notice: .bad(visit.words(.taken)), isTaken: true)
        case .refused(.usernameTaken):
            return view(visit, 409, "username_taken", problems: ["username": visit.words(.usernameTaken)])
        case .refused(.throttled(let delay)):
            return view(visit, 429, "too_many_requests", notice: .bad(visit.words(.tooManyTries))).retry(after: delay)
        case .refused(.busy(let delay)): return busy(visit, delay)
        case .refused(.abandoned): return busy(visit, .seconds(1))
        }
    }

    private static func proof(_ visit: Visit) -> ProofOfWork.Solution? {
        guard let challenge = visit.form["challenge"], let solution = visit.form["solution"], !solution.isEmpty else {
            return nil
        }
        return ProofOfWork.Solution(challenge: challenge, solution: solution)
    }

    /// What was typed, each as `name=value`; a field that was left empty is not given.
    private static func attributes(_ visit: Visit) -> [String] {
        visit.realm.rules.profile.askedAtSignUp.compactMap { attribute in
            visit.typed(attribute).flatMap { $0.isEmpty ? nil : "\(attribute.name)=\($0)" }
        }
    }

    /// `nil` where the realm asks for none.
    private static func work(_ visit: Visit) -> Work? {
        guard visit.realm.rules.defence.proofOfWork > 0 else { return nil }
        return Work(
            challenge: Link(visit.base, "/api/auth/challenge"), source: Link(workOf: visit.base),
            needsScript: visit.words(.workNeedsScript), working: visit.words(.working),
            failed: visit.words(.workFailed))
    }

    private func busy(_ visit: Visit, _ delay: Duration) -> Response {
        view(visit, 503, "busy", notice: .bad(visit.words(.busy))).retry(after: delay)
    }

    private func view(
        _ visit: Visit, _ status: Int, _ code: StaticString? = nil, notice: Notice? = nil, isTaken: Bool = false,
        problems words: [String: String] = [:]
    ) -> Response {
        let destination = visit.journey.destination(in: visit.realm)
        let isRefused = words.keys.contains { $0.utf8.starts(with: "consents".utf8) }
        let work = Self.work(visit)
        let attributes = visit.realm.rules.profile.askedAtSignUp.map { attribute in
            visit.field(
                for: attribute, value: visit.typed(attribute) ?? "", problem: words[InputName(attribute).description],
                marksOptional: false)
        }
        let view = FormView(
            layout: visit.layout("/register"), title: visit.words(.createAccount), destination: destination.words,
            notice: notice,
            fields: [
                TextField(
                    name: "username", label: visit.words(.username), autocomplete: "username",
                    value: visit.held("username"), problem: words["username"], isDescribedByNotice: isTaken),
                TextField(
                    name: "email", label: visit.words(.email), kind: "email", autocomplete: "email",
                    value: visit.held("email"), problem: words["email"], isDescribedByNotice: isTaken),
                .newPassword(visit, label: visit.words(.password), problem: words["password"]),
            ] + attributes,
            checks: Self.consents(visit, isRefused: isRefused), hidden: visit.hidden, work: work,
            action: Link(visit.base, "/register"), button: visit.words(.createAccount),
            beside: [
                FormView.Way(
                    text: visit.words(.alreadyHaveAccount), label: visit.words(.signIn),
                    link: Link(visit.base, "/login", query: visit.journey.fields))
            ])
        return visit.answer(status, view.markup, code: code, destination: destination.origin, runsScript: work != nil)
    }

    /// A box for each text that the realm asks its people to agree to; none is ticked beforehand.
    static func consents(_ visit: Visit, isRefused: Bool) -> [CheckField] {
        let given = visit.form.values(of: "consents")
        return visit.realm.rules.privacy.terms.enumerated().map { number, document in
            let phrase: AccountPhrase = document.isRequired ? .agreeTo : .allow
            let isGiven = given.contains { $0.utf8.elementsEqual(document.reference.utf8) }
            let version = String(document.version)
            return CheckField(
                name: "consents", number: number, value: document.reference,
                label: phrase.words(in: visit.language, document.name, version), isChecked: isGiven,
                more: Link(to: document).map { (visit.words(.readText), $0) },
                problem: isRefused && document.isRequired && !isGiven ? visit.words(.mustAgree) : nil)
        }
    }
}
