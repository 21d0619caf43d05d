/// A box to tick, behind which its words stand.
struct CheckField: Sendable {
    let name: StaticString
    /// Tells those of one name apart.
    var number: Int?
    var value = "yes"
    let label: String
    var isChecked = false
    /// Something to read before it is ticked.
    var more: (label: String, link: Link)?
    var problem: String?

    /// To the box, on the same page.
    var link: Link { number.map { Link(toField: name, $0) } ?? Link(toField: InputName(name)) }

    var markup: HTML {
        """
        <div class="check">
        <input id="\(id)" name="\(name.description)" type="checkbox" value="\(value)"\
        \(isChecked ? Self.checked : .nothing)\(problem == nil ? .nothing : described)>
        <label for="\(id)">\(label)</label>
        \(more.map { "<a href=\"\($0.link)\" target=\"_blank\" rel=\"noopener\">\($0.label)</a>\n" as HTML } ?? .nothing)\
        \(problem.map { "<p class=\"problem\" id=\"\(id)-problem\">\($0)</p>\n" as HTML } ?? .nothing)\
        </div>

        """
    }

    private var id: String { number.map { "\(name.description)-\($0)" } ?? name.description }

    private var described: HTML { " aria-invalid=\"true\" aria-describedby=\"\(id)-problem\"" }

    private static let checked: HTML = " checked"
}
