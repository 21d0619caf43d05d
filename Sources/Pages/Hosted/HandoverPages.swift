internal import Domain
internal import Flows
internal import HTTP
internal import Storage

/// `/.aldrava/…` on an application's host: begins, ends and undoes the handing over of a session.
struct HandoverPages: Sendable {
    let beginHandover: BeginHandover
    let redeemHandover: RedeemHandover
    let signOut: SignOut
    let door: Door

    /// `GET /.aldrava/start?return_to=…`: ties what follows to this browser, and sends it to the realm's sign-in page.
    func start(_ page: PageRequest) async throws(StoreFault) -> Response {
        let visit = Visit(reading: page)
        guard let application = page.application, page.realm.hasPages, let realmOrigin = page.realm.origin else {
            return visit.notFound
        }
        let browser = beginHandover.browser(knownBy: door.handoverCookie(page))
        let path = visit.journey.returnTo.flatMap { LocalPath($0) } ?? .root
        return visit.redirect(
            to: Link(
                realmOrigin, visit.base, "/login",
                query: [
                    Query.Field("application", application.name), Query.Field("state", browser.state),
                    Query.Field("return_to", path.text),
                ] + visit.journey.languageField),
            cookies: door.remember(browser, in: page.realm))
    }

    /// `GET /.aldrava/callback?code=…`: gives this host a session of its own.
    func callback(_ page: PageRequest) async throws(StoreFault) -> Response {
        let visit = Visit(reading: page)
        guard let application = page.application, page.realm.hasPages else { return visit.notFound }
        let code = Array((page.request.query?["code"] ?? "").utf8)[...]
        let outcome = try await redeemHandover(
            code: code, browser: door.handoverCookie(page), on: application, in: page.realm, from: page.source)
        switch outcome {
        case .redeemed(let redeemed):
            let path = LocalPath(redeemed.returnTo) ?? .root
            return visit.redirect(to: Link(path), cookies: door.enter(redeemed, in: page.realm))
        // Not begun again by itself: a browser that keeps no cookies would go round for ever.
        case .refused: return failed(visit, application)
        }
    }

    /// `POST /.aldrava/sign-out`: ends the person's session, and with it those of all applications.
    ///
    /// Where this host's cookie has run out, only the realm's own pages know who asks.
    func signOut(_ page: PageRequest) async throws(StoreFault) -> Response {
        let fields: FormFields
        switch Form(page, own: page.application?.origin) {
        case .read(let form): fields = form
        case .unproven:
            return Visit(reading: page).onApplication(403, Refused.unproven, .notAccepted, .notAcceptedBecause)
        case .unreadable:
            return Visit(reading: page).onApplication(400, Refused.unreadable, .notReadable, .notReadableBecause)
        }
        let visit = Visit(posted: fields, page)
        guard page.application != nil, page.realm.hasPages, let realmOrigin = page.realm.origin else {
            return visit.notFound
        }
        let cookies = door.leave(page.realm)
        guard let caller = try await door.caller(page) else {
            return visit.redirect(
                to: Link(realmOrigin, visit.base, "/account", query: visit.journey.languageField), cookies: cookies)
        }
        try await signOut.leaving(applicationOf: caller.principal, from: page.source)
        let path = visit.journey.returnTo.flatMap { LocalPath($0) } ?? .root
        return visit.redirect(to: Link(path), cookies: cookies)
    }

    private func failed(_ visit: Visit, _ application: Application) -> Response {
        visit.onApplication(
            400, "handover_refused", Phrase.handoverFailed.words(in: visit.language, application.origin.hostText),
            visit.words(.handoverFailedBecause))
    }
}
