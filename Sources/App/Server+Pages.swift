internal import API
internal import Flows
internal import Pages

extension Server {
    /// The hosted pages, as the table of routes takes them: neither edge knows the other.
    static func pages(_ premises: Premises) -> [Page] {
        HostedPages(premises.useCases, now: premises.capabilities.now, report: premises.capabilities.report).routes
            .map { route in
                Page(
                    route.method, route.path, scope(route.scope), sentence: route.sentence, bodyLimit: route.bodyLimit
                ) { request, realm, application, source in
                    await route.answer(
                        Pages.PageRequest(request, realm: realm, application: application, source: source))
                }
            }
    }

    private static func scope(_ scope: PageRoute.Scope) -> RouteScope {
        switch scope {
        case .realm: .realm
        case .application: .application
        }
    }
}
