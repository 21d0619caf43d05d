internal import Domain

/// `/login`, as it is seen.
struct SignInView: Sendable {
    let layout: Layout
    /// What is signed in to, where it is another place than the realm's own.
    let destination: String?
    let identifier: String
    let notice: Notice?
    let isRefused: Bool
    let hidden: HiddenFields
    let action: Link
    let forgot: Link
    /// To make an account; `nil` where strangers cannot.
    let signUp: Link?

    var markup: HTML {
        let title = layout.words(.signIn)
        let name = TextField(
            name: "username_or_email", label: layout.words(.usernameOrEmail), autocomplete: "username",
            value: identifier, isDescribedByNotice: isRefused, isFocused: identifier.isEmpty)
        let password = TextField(
            name: "password", label: layout.words(.password), kind: "password", autocomplete: "current-password",
            isDescribedByNotice: isRefused, isFocused: !identifier.isEmpty, longest: 4_096)
        return layout.page(
            title: title,
            """
            <h1>\(title)</h1>
            \(Destination.markup(destination, layout.language))\
            \(notice?.markup ?? .nothing)\
            <form method="post" action="\(action)">
            \(hidden.markup)\(name.markup)\(password.markup)\
            <button class="main" type="submit">\(title)</button>
            </form>
            <p class="beside"><a href="\(forgot)">\(layout.words(.forgotPassword))</a></p>
            \(signUp.map { link in
                """
                <p class="beside">\(layout.words(.noAccountYet)) <a href="\(link)">\(layout.words(.createAccount))</a></p>
                """ as HTML
            } ?? .nothing)
            """)
    }
}

/// The line that says where somebody goes next.
enum Destination {
    static func markup(_ destination: String?, _ language: Language) -> HTML {
        guard let destination else { return .nothing }
        return "<p class=\"lead\">\(Phrase.toContinueTo.words(in: language, destination))</p>\n"
    }
}
