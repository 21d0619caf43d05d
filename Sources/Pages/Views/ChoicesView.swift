/// A page with several ways, each explained.
struct ChoicesView: Sendable {
    struct Choice: Sendable {
        let title: String
        let sentence: String
        let button: String
        let link: Link
        let style: StaticString
    }

    let layout: Layout
    let title: String
    let choices: [Choice]
    let back: (label: String, link: Link)

    var markup: HTML {
        layout.page(
            title: title, isWide: true,
            """
            <h1>\(title)</h1>
            \(choices.map(section))\
            <p class="back"><a href="\(back.link)">\(back.label)</a></p>
            """)
    }

    private func section(_ choice: Choice) -> HTML {
        """
        <section class="choice">
        <h2>\(choice.title)</h2>
        <p>\(choice.sentence)</p>
        <a class="\(choice.style.description)" href="\(choice.link)">\(choice.button)</a>
        </section>

        """
    }
}
