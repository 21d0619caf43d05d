internal import Domain
internal import HTTP
internal import Standards
internal import Storage

/// What follows from a server's rules and a realm's document together.
extension RealmBase {
    /// The canonical URL of a realm, without a trailing slash.
    func issuer(of name: RealmName, _ document: RealmDocument) -> String {
        if name == .standard { return publicURL }
        return document.url ?? "\(publicURL)/realms/\(name)"
    }

    /// What holds in a realm that says nothing of its own.
    func rules(of name: RealmName) -> RealmRules {
        var rules = rules
        if name != .standard { rules.allowedOrigins = [] }
        if name == .system { rules.hasSignUp = false }
        return rules
    }

    /// The realm that a row describes; without a row, one that says nothing of its own.
    func realm(_ name: RealmName, _ stored: StoredRealm?) -> Realm {
        let document = stored.map(RealmDocument.init) ?? RealmDocument()
        return Realm(
            name: name, issuer: issuer(of: name, document), rules: document.rules(over: rules(of: name)),
            hasOwnHost: document.url != nil, isEnabled: document.isEnabled, hasPlainCookies: hasPlainCookies)
    }

    /// What is wrong with a document as this realm's, where each value alone is good.
    func problems(of name: RealmName, _ document: RealmDocument) -> [FieldProblem] {
        let rules = document.rules(over: rules(of: name))
        var problems: [FieldProblem] = []
        if name == .standard || name == .system, document.url != nil {
            problems.add(
                RealmMember.url, "not_allowed", "cannot be set for '\(name)', which is reached at the server's own URL")
        }
        if name == .system {
            if !document.isEnabled {
                problems.add(RealmMember.enabled, "not_allowed", "must be true for 'system', or nobody could operate")
            }
            if document["sign_up"] == true {
                problems.add("sign_up", "not_allowed", "cannot be true for 'system': strangers are no operators")
            }
            if !rules.applications.isEmpty {
                problems.add("applications", "not_allowed", "cannot be set for 'system': operators are no users")
            }
        }
        if rules.idleLimit > rules.absoluteLimit {
            let member = document["session_idle"] == nil ? "session_absolute" : "session_idle"
            problems.add(
                member, "out_of_range",
                "session_idle is \(rules.idleLimit.components.seconds) and longer than session_absolute, which is \(rules.absoluteLimit.components.seconds)"
            )
        }
        let server = [WebHost.name(of: publicURL)] + hosts
        let own = WebHost.name(of: issuer(of: name, document))
        if document.url.map({ server.contains(WebHost.name(of: $0)) }) ?? false {
            problems.add(RealmMember.url, "host_taken", "is the server's own host; leave it out, or use another host")
        }
        for (index, application) in rules.applications.enumerated() {
            let host = WebHost.name(of: application.origin)
            guard server.contains(host) || host == own else { continue }
            problems.add(
                "applications[\(index)].origin", "host_taken",
                "is the host of the realm or the server itself, where no application has to be named")
        }
        return problems + signInProblems(of: name, document, rules) + rules.profile.problems
    }

    /// Whoever is sent somewhere to type a password must not be sent to strangers.
    private func signInProblems(
        of name: RealmName, _ document: RealmDocument, _ rules: RealmRules
    ) -> [FieldProblem] {
        guard let origin = rules.signInURL.flatMap(WebHost.origin(ofAddress:)) else { return [] }
        let own = WebHost.origin(ofAddress: issuer(of: name, document))
        let known = [own].compactMap(\.self) + rules.allowedOrigins + rules.applications.map(\.origin)
        if known.contains(origin) { return [] }
        return [
            FieldProblem(
                field: "sign_in_url", code: "foreign_origin",
                message: "must be at the realm's own origin, at one of allowed_origins or at an application's")
        ]
    }
}
