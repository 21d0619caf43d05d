internal import Domain

/// `/account`, as it is seen.
struct AccountView: Sendable {
    /// One session, with the applications that it was handed to.
    struct Entry: Sendable {
        let id: ID<Session>
        let device: String
        let address: String
        let firstSeen: Moment
        let lastSeen: Moment
        let isThisOne: Bool
        let applications: [String]
    }

    /// Somebody who acts, or acted, as the person.
    struct Operator: Sendable {
        /// Empty where the account is gone.
        let name: String
        let reason: String
        let mayWrite: Bool
        let began: Moment
        let isActive: Bool
    }

    let layout: Layout
    let person: Person
    /// Whether the address was proven to be theirs.
    let isVerified: Bool
    let since: Moment
    let roles: [String]
    /// Whether there is more about people than their account.
    let hasProfile: Bool
    let entries: [Entry]
    let hasMore: Bool
    let impersonations: [Operator]
    let notice: Notice?
    let hidden: HiddenFields

    var markup: HTML {
        let title = layout.words(.yourAccount)
        return layout.page(
            title: title, isWide: true,
            """
            <div class="top"><h1>\(title)</h1>\(button(.signOut, "/account/sign-out", style: "quiet"))</div>
            \(notice?.markup ?? .nothing)\
            <dl class="facts">
            <div><dt>\(layout.words(.username))</dt><dd>\(person.username)</dd></div>
            <div><dt>\(layout.words(.email))</dt><dd>\(person.email)\(unverified)</dd></div>
            <div><dt>\(layout.words(.roles))</dt><dd>\(roleList)</dd></div>
            <div><dt>\(layout.words(.accountSince))</dt><dd>\(since.day(in: layout.language))</dd></div>
            </dl>
            <div class="row">
            \(hasProfile ? way(layout.words(ProfilePhrase.profile), "/account/profile") : .nothing)\
            \(Self.ways.map { phrase, path in way(layout.words(phrase), path) })</div>
            <section aria-labelledby="sessions">
            <h2 id="sessions">\(layout.words(.sessions))</h2>
            <p class="hint">\(layout.words(.sessionsHint))</p>
            <ul class="sessions">
            \(entries.map(item))</ul>
            \(hasMore ? "<p class=\"hint\">\(layout.words(.moreSessions))</p>\n" : .nothing)\
            <div class="row">
            \(others)\(button(.signOutEverywhere, "/account/sign-out-everywhere", style: "danger"))</div>
            </section>
            \(operators)
            """)
    }

    /// Nothing where nobody ever did.
    private var operators: HTML {
        guard !impersonations.isEmpty else { return .nothing }
        return """
            <section aria-labelledby="operators">
            <h2 id="operators">\(layout.words(.impersonations))</h2>
            <p class="hint">\(layout.words(.impersonationsHint))</p>
            <ul class="sessions">
            \(impersonations.map(line))</ul>
            </section>
            """
    }

    private func line(_ entry: Operator) -> HTML {
        let kind = layout.words(entry.mayWrite ? AccountPhrase.operatorMayWrite : .operatorMayLook)
        let state = layout.words(entry.isActive ? AccountPhrase.operatorActs : .operatorActed)
        let name = entry.name.isEmpty ? layout.words(AccountPhrase.anOperator) : entry.name
        return """
            <li>
            <div><p class="device">\(name)</p>
            <p>\(entry.began.markup(in: layout.language)) · \(kind) · \(entry.reason)</p></div>
            <span class="this">\(state)</span>
            </li>

            """
    }

    private static let ways: [(AccountPhrase, StaticString)] = [
        (.changePassword, "/account/password"), (.changeEmail, "/account/email"), (.yourData, "/account/data"),
    ]

    private func way(_ words: String, _ path: StaticString) -> HTML {
        """
        <a class="plain" href="\(Link(layout.base, path, query: hidden.fields))">\(words)</a>

        """
    }

    private var unverified: HTML {
        guard !isVerified else { return .nothing }
        return """
             <span class="role">\(layout.words(.addressNotConfirmed))</span>
            <form method="post" action="\(Link(layout.base, "/account/verify"))">\(hidden.markup)\
            <button class="link" type="submit">\(layout.words(.sendConfirmation))</button></form>
            """
    }

    private var roleList: HTML {
        guard !roles.isEmpty else { return "\(layout.words(.noRoles))" }
        return "\(roles.map { "<span class=\"role\">\($0)</span> " as HTML })"
    }

    private var others: HTML {
        entries.count > 1 || hasMore ? button(.endOthers, "/account/end-others", style: "plain") : .nothing
    }

    private func item(_ entry: Entry) -> HTML {
        let language = layout.language
        let address =
            entry.address.isEmpty
            ? HTML.nothing : " <span class=\"address\">\(Phrase.address.words(in: language, entry.address))</span>"
        let applications =
            entry.applications.isEmpty
            ? HTML.nothing
            : "<p>\(Phrase.alsoOpenIn.words(in: language, entry.applications.joined(separator: ", ")))</p>\n"
        let side: HTML =
            entry.isThisOne
            ? "<span class=\"this\">\(layout.words(.thisSession))</span>"
            : button(
                .end, "/account/end", style: "quiet", label: Phrase.endThatOne.words(in: language, entry.device),
                with: [Query.Field("session", entry.id.text)])
        return """
            <li>
            <div><p class="device">\(entry.device)\(address)</p>
            <p>\(Sentence.around(.lastSeen, entry.lastSeen, language)) · \
            \(Sentence.around(.firstSeen, entry.firstSeen, language))</p>
            \(applications)</div>
            \(side)
            </li>

            """
    }

    private func button(
        _ phrase: Phrase, _ path: StaticString, style: StaticString, label: String? = nil, with more: [Query.Field] = []
    ) -> HTML {
        let spoken: HTML = label.map { " aria-label=\"\($0)\"" } ?? .nothing
        return """
            <form method="post" action="\(Link(layout.base, path))">\(hidden.markup)\(HiddenFields(fields: more).markup)\
            <button class="\(style.description)" type="submit"\(spoken)>\(layout.words(phrase))</button></form>

            """
    }
}

/// A phrase with one place, in which markup stands.
enum Sentence {
    static func around(_ phrase: Phrase, _ moment: Moment, _ language: Language) -> HTML {
        let parts = phrase.words(in: language, "\u{1}").split(separator: "\u{1}", omittingEmptySubsequences: false)
        guard parts.count == 2 else { return "\(moment.markup(in: language))" }
        return "\(String(parts[0]))\(moment.markup(in: language))\(String(parts[1]))"
    }
}
