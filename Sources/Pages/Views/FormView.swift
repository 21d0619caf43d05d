/// A page that asks for one thing.
struct FormView: Sendable {
    let layout: Layout
    let title: String
    /// One paragraph each.
    var lead: [String] = []
    /// What is signed in to, where it is another place than the realm's own.
    var destination: String?
    var notice: Notice?
    /// What is shown above the form and not changed by it.
    var facts: [(label: String, value: String)] = []
    var fields: [TextField] = []
    var checks: [CheckField] = []
    let hidden: HiddenFields
    /// What the browser does before the form is sent.
    var work: Work?
    let action: Link
    /// `nil` where there is nothing to send.
    let button: String?
    var style = Style.main
    /// Other ways, below the form.
    var beside: [Way] = []

    enum Style { case main, danger }

    struct Way: Sendable {
        var text: String?
        let label: String
        let link: Link
        /// Where it changes something: what it sends, by a form of its own.
        var posts: HiddenFields?
    }

    var markup: HTML {
        layout.page(
            title: title,
            """
            <h1>\(title)</h1>
            \(Destination.markup(destination, layout.language))\
            \(lead.map { "<p class=\"lead\">\($0)</p>\n" as HTML })\
            \(summary)\
            \(work?.withoutScript ?? .nothing)\(shownFacts)\
            \(button.map(form) ?? .nothing)\
            \(work?.script ?? .nothing)\
            \(beside.map(\.markup))
            """)
    }

    private func form(_ button: String) -> HTML {
        """
        <form method="post" action="\(action)" novalidate\(work?.attributes ?? .nothing)>
        \(hidden.markup)\(work?.fields ?? .nothing)\(focused.map(\.markup))\(checks.map(\.markup))\
        <button class="\(style == .main ? Self.main : Self.danger)" type="submit">\(button)</button>
        </form>

        """
    }

    private var shownFacts: HTML {
        guard !facts.isEmpty else { return .nothing }
        return """
            <dl class="facts">
            \(facts.map { "<div><dt>\($0.label)</dt><dd>\($0.value)</dd></div>\n" as HTML })</dl>

            """
    }

    /// Typing begins at what is wrong, or else at what must be given and is empty.
    private var focused: [TextField] {
        let first = fields.firstIndex { $0.isWrong } ?? fields.firstIndex { $0.isRequired && $0.value.isEmpty }
        return fields.enumerated().map { index, field in
            var field = field
            field.isFocused = index == first
            return field
        }
    }

    /// What is wrong, all of it, each with a way to its field.
    private var summary: HTML {
        let wrong = fields.compactMap { field in field.problem.map { (field, $0) } }
        let checks = checks.compactMap { check in check.problem.map { (check, $0) } }
        guard wrong.count + checks.count > 0 else { return notice?.markup ?? .nothing }
        let items =
            wrong.map { field, problem in
                "<li><a href=\"\(Link(toField: field.name))\">\(field.label)</a>: \(problem)</li>\n" as HTML
            }
            + checks.map { check, problem in
                "<li><a href=\"\(check.link)\">\(check.label)</a>: \(problem)</li>\n" as HTML
            }
        return """
            <div class="notice bad" role="alert" id="problem">
            <p>\(layout.words(.problemInForm))</p>
            <ul>
            \(items)</ul>
            </div>

            """
    }

    private static let main: HTML = "main"
    private static let danger: HTML = "main grave"
}

extension FormView.Way {
    var markup: HTML {
        let text: HTML = text.map { "\($0) " } ?? .nothing
        guard let posts else { return "<p class=\"beside\">\(text)<a href=\"\(link)\">\(label)</a></p>\n" }
        return """
            <form class="beside" method="post" action="\(link)">\(posts.markup)\(text)\
            <button class="link" type="submit">\(label)</button></form>

            """
    }
}
