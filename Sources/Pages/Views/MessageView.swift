/// A page that says one thing, with one way on.
struct MessageView: Sendable {
    let layout: Layout
    let title: String
    let sentence: String
    let next: (label: String, link: Link)?

    var markup: HTML {
        layout.page(
            title: title,
            """
            <h1>\(title)</h1>
            <p>\(sentence)</p>
            \(next.map { "<p><a class=\"main\" href=\"\($0.link)\">\($0.label)</a></p>" as HTML } ?? .nothing)
            """)
    }
}
