internal import Domain
internal import Flows
internal import HTTP

extension ErrandPage {
    static func view(
        _ visit: Visit, _ errand: Errand, _ carried: Carried, _ status: Int, _ code: StaticString? = nil,
        notice: Notice? = nil, problems: [String: String] = [:]
    ) -> Response {
        let isTyped = if case .ticket = carried { true } else { false }
        let destination = visit.journey.destination(in: visit.realm)
        let path: StaticString = isTyped ? "/check-mail" : errand.path
        var fields = isTyped ? [TextField.mailCode(visit, problem: problems["code"])] : []
        switch errand {
        case .reset, .invite:
            fields.append(
                .newPassword(visit, label: visit.words(.newPassword), problem: problems["password"]))
        case .confirm:
            if !isTyped {
                fields.append(
                    .currentPassword(
                        name: "password", label: visit.words(.chosenPassword), problem: problems["password"]))
            }
        case .verify, .changeEmail, .undoEmailChange, .undelete: break
        }
        let held = carried.fields(errand)
        let view = FormView(
            layout: visit.layout(path, with: held), title: visit.words(isTyped ? .checkMail : errand.title),
            lead: [visit.words(isTyped ? errand.sentLead : errand.lead)], notice: notice, fields: fields,
            hidden: HiddenFields(fields: held + visit.journey.fields), action: Link(visit.base, errand.path),
            button: visit.words(errand.button), beside: isTyped ? again(visit, errand, held) : [])
        return visit.answer(
            status, view.markup, code: code, destination: destination.origin, hidesAddress: true)
    }

    /// The way to another letter.
    private static func again(_ visit: Visit, _ errand: Errand, _ held: [Query.Field]) -> [FormView.Way] {
        let text = visit.words(.nothingArrived)
        let label = visit.words(.askAgain)
        switch errand {
        case .confirm:
            return [
                FormView.Way(
                    text: text, label: label, link: Link(visit.base, "/check-mail"),
                    posts: HiddenFields(fields: held + visit.journey.fields))
            ]
        case .verify:
            return [
                FormView.Way(
                    text: text, label: label, link: Link(visit.base, "/account/verify"),
                    posts: HiddenFields(fields: visit.journey.languageField))
            ]
        case .reset, .changeEmail, .invite, .undoEmailChange, .undelete:
            return [
                FormView.Way(
                    text: text, label: label, link: Link(visit.base, errand.origin, query: visit.journey.fields))
            ]
        }
    }

    // MARK: Refusals

    static func refused(_ visit: Visit, _ errand: Errand, _ carried: Carried, _ refusal: ProofRefusal) -> Response {
        switch (refusal, carried) {
        case (.notGood, .link): over(visit, errand)
        case (.notGood, .ticket):
            view(visit, errand, carried, 422, "invalid_proof", problems: ["code": visit.words(.wrongCode)])
        case (.wait(let delay), _): wait(visit, errand, carried, delay)
        }
    }

    /// A link that is good for nothing, with the way to another letter.
    static func over(_ visit: Visit, _ errand: Errand) -> Response {
        visit.message(
            400, "invalid_proof", title: visit.words(.proofOver), visit.words(.proofOverBecause),
            next: (
                visit.words(errand.origin.description == "/login" ? .backToSignIn : .askAgain),
                visit.link(errand.origin)
            ), on: "/login")
    }

    static func wait(_ visit: Visit, _ errand: Errand, _ carried: Carried, _ delay: Duration) -> Response {
        view(visit, errand, carried, 429, "too_many_requests", notice: .bad(visit.words(.tooManyTries)))
            .retry(after: delay)
    }

    static func busy(_ visit: Visit, _ errand: Errand, _ carried: Carried, _ delay: Duration) -> Response {
        view(visit, errand, carried, 503, "busy", notice: .bad(visit.words(.busy))).retry(after: delay)
    }
}

extension Visit {
    /// A token or ticket as it was sent: base64url of some bytes. Anything else was never made.
    func carried(_ name: StaticString) -> String? {
        guard let text = (page.request.method == .post ? form : page.request.query)?[name.description],
            (20...64).contains(text.utf8.count), text.utf8.allSatisfy(Journey.isBase64URL)
        else { return nil }
        return text
    }

    /// Whose letter's code is to be typed.
    var typedErrand: Errand? {
        page.request.query?["for"].flatMap { Errand(rawValue: $0) }.flatMap { $0.hasCode ? $0 : nil }
    }

    func toCheckMail(
        _ errand: Errand, ticket: String, done: Done? = nil, cookies: [SetCookie] = []
    ) -> Response {
        redirect(
            to: Link(
                base, "/check-mail",
                query: Carried.ticket(ticket).fields(errand) + (done.map { [$0.field] } ?? []) + journey.fields),
            cookies: cookies)
    }

    /// To a page of the same realm, on the same way.
    func onward(_ path: StaticString, _ done: Done) -> Link {
        Link(base, path, query: [done.field] + journey.fields)
    }
}
