internal import Domain
internal import HTTP

/// What an operator may do who acts as somebody else: the one rule, which the gate asks for every route.
///
/// Reading, but for what would carry a person's data away whole. Where writing was asked for, besides that only what stands
/// in ``writable``: a route that is not listed is refused, so that whoever adds one has to say that it is safe. Nothing that
/// changes who can sign in as the person, what the person agreed to, what anybody may do, or whose sessions go on.
enum ImpersonationRule {
    /// Unsafe, and allowed where the operator asked for writing.
    static let writable: Set<String> = [
        "POST /api/auth/logout",
        "PATCH /api/auth/profile",
        "PATCH /api/admin/users/{id}/profile",
        "POST /api/admin/users/{id}/ban",
        "POST /api/admin/users/{id}/unban",
        "POST /api/admin/users/{id}/disable",
        "POST /api/admin/users/{id}/enable",
        "POST /api/audit/events",
    ]

    /// Unsafe by its method only: a question too long, or too private, for an address.
    static let questions: Set<String> = [
        "POST /api/auth/check",
        "POST /api/admin/explain",
        "POST /api/admin/find-user",
    ]

    /// Safe, and refused all the same.
    static let unreadable: Set<String> = [
        "GET /api/auth/my-data"
    ]

    /// Whether it hands out whole what is kept of people.
    static func isExport(_ method: Method, _ route: String) -> Bool {
        SameOriginProof.isSafe(method) && (unreadable.contains("GET \(route)") || route.utf8.ends(with: "/export".utf8))
    }

    /// `nil` where it may be done.
    static func problem(with method: Method, at route: String, by impersonation: Impersonation) -> Problem? {
        if SameOriginProof.isSafe(method) {
            return isExport(method, route) ? .impersonationNotAllowed : nil
        }
        let name = "\(method.rawValue) \(route)"
        if questions.contains(name) { return nil }
        if !impersonation.mayWrite { return .impersonationReadOnly }
        return writable.contains(name) ? nil : .impersonationNotAllowed
    }
}

extension Problem {
    static let impersonationReadOnly = Problem(
        status: 403, code: "impersonation_read_only",
        message: "Who acts as somebody else may only look here; writing has to be asked for at the beginning")
    static let impersonationNotAllowed = Problem(
        status: 403, code: "impersonation_not_allowed", message: "Nobody does this as somebody else")
}

extension Collection<UInt8> where Self: BidirectionalCollection {
    fileprivate func ends(with end: String.UTF8View) -> Bool {
        count >= end.count && suffix(end.count).elementsEqual(end)
    }
}
