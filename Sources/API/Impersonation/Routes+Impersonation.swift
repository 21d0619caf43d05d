internal import Domain
internal import Flows
internal import HTTP

extension Route {
    /// Operators who act inside a realm, and the way in when nothing else is left. Of the operators' realm only.
    static func ofImpersonation(_ flows: UseCases, _ prefix: String) -> [Route] {
        let system = "/api/system"
        guard prefix.utf8.elementsEqual(system.utf8) else { return [] }
        let all = "\(system)/realms/{realm}/impersonations"
        let impersonation = flows.impersonation
        return [
            Route(
                .post, all, .admin(.impersonate), bodyLimit: 16_384,
                BeginImpersonationEndpoint(begin: impersonation.begin)),
            Route(.get, all, .admin(.impersonate), ListImpersonationsEndpoint(list: impersonation.list)),
            Route(.delete, "\(all)/{id}", .admin(.impersonate), EndImpersonationEndpoint(end: impersonation.end)),
            Route(
                .post, "\(system)/auth/break-glass", .open, BreakGlassEndpoint(use: impersonation.useBreakGlass)),
        ]
    }
}
