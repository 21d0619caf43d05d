internal import Domain
internal import Flows
internal import HTTP

extension Visit {
    var notFound: Response { message(404, "not_found", .nothingHere, .nothingHereBecause, next: nil) }

    func unproven(_ path: StaticString) -> Response {
        message(403, Refused.unproven, .notAccepted, .notAcceptedBecause, next: (.tryAgain, link(path)), on: path)
    }

    func unreadable(_ path: StaticString) -> Response {
        message(400, Refused.unreadable, .notReadable, .notReadableBecause, next: (.tryAgain, link(path)), on: path)
    }

    func unavailable(_ path: StaticString) -> Response {
        var response = message(503, "temporarily_unavailable", .unavailable, .unavailableBecause, next: nil, on: path)
        response.headers.add("Retry-After", "5")
        return response
    }

    func banned(_ until: Timestamp) -> Notice {
        let day = Moment(time: until, now: until).day(in: language)
        return .bad(Phrase.accountBanned.words(in: language, day))
    }

    /// To sign in, and come back.
    func toLogin(leadingTo path: StaticString) -> Response {
        redirect(to: Link(base, "/login", query: journey.leading(to: Link(base, path).text).fields))
    }

    func toAccount(_ done: Done, _ caller: Door.Caller) -> Response {
        var response = redirect(to: link("/account", [done.field]), cookies: caller.cookies)
        response.caller = caller.principal
        return response
    }

    /// On an application's host, of which only `/.aldrava/` is ours; the way on is the application itself.
    func onApplication(_ status: Int, _ code: StaticString, _ title: Phrase, _ sentence: Phrase) -> Response {
        onApplication(status, code, words(title), words(sentence))
    }

    func onApplication(_ status: Int, _ code: StaticString, _ title: String, _ sentence: String) -> Response {
        let layout = Layout(
            language: language, style: .applicationStyle, base: base,
            host: page.application?.origin.hostText ?? realm.hostText, others: [])
        let view = MessageView(
            layout: layout, title: title, sentence: sentence, next: (words(.tryAgain), Link(.root)))
        return answer(status, view.markup, code: code)
    }
}

/// What becomes of a form that is not taken, in the API's words.
enum Refused {
    static let unproven: StaticString = "same_origin_required"
    static let unreadable: StaticString = "malformed_form"
}
