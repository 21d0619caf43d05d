internal import Flows
internal import HTTP
internal import Storage

/// Sends somebody who is signed in to where they wanted to go.
struct Onward: Sendable {
    let beginHandover: BeginHandover

    /// `nil` where the session is over after all.
    func callAsFunction(
        _ visit: Visit, _ principal: Principal, cookies: [SetCookie]
    ) async throws(StoreFault) -> Response? {
        let link: Link
        switch visit.journey.destination(in: visit.realm) {
        case .account: link = visit.link("/account")
        case .target(.here(let path)): link = Link(path)
        case .target(.elsewhere(let origin, let path)): link = Link(origin, path)
        case .target(.application(let application, let path)): link = Self.start(application, path)
        case .handover(let application, let state, let path):
            let outcome = try await beginHandover(
                principal, to: application, state: state, returnTo: path.text, in: visit.realm, from: visit.page.source)
            switch outcome {
            case .begun(let code):
                link = Link(application.origin, "/.aldrava/callback", query: [Query.Field("code", code)])
            // Begun again at the application's host, which knows its browser's cookie.
            case .refused(.malformed): link = Self.start(application, path)
            case .refused(.sessionOver): return nil
            }
        }
        var response = visit.redirect(to: link, cookies: cookies)
        response.caller = principal
        return response
    }

    /// Where a handover begins: only the application's own host can tie it to the browser.
    private static func start(_ application: Application, _ path: LocalPath) -> Link {
        Link(application.origin, "/.aldrava/start", query: [Query.Field("return_to", path.text)])
    }
}
