internal import Domain
internal import HTTP

/// Where a page may lead: to another page of the same realm, or to a checked ``LocalPath`` of a checked origin.
///
/// No text that somebody sent becomes one, so nothing leads to `javascript:`, `data:` or another site.
struct Link: Hashable, Sendable {
    /// ASCII without blanks, quotes and angle brackets.
    let text: String

    /// A page of the same realm.
    ///
    /// - Parameters:
    ///   - base: what stands before every path of the realm; empty for the default realm.
    ///   - query: encoded here.
    init(_ base: RealmPath, _ path: StaticString, query: [Query.Field] = []) {
        text = base.text + path.description + Query.text(query)
    }

    /// A page of another origin that the realm trusts.
    init(_ origin: Origin, _ path: LocalPath) { text = origin.description + path.text }

    /// A fixed place of such an origin.
    init(_ origin: Origin, _ path: StaticString, query: [Query.Field] = []) {
        text = origin.description + path.description + Query.text(query)
    }

    /// The style of a realm's pages; the name is the program's own.
    init(styleOf base: RealmPath) { text = base.text + Stylesheet.template }

    /// The script of a proof of work; the name is the program's own.
    init(workOf base: RealmPath) { text = base.text + WorkScript.template }

    /// A field of the same page.
    init(toField name: InputName) { text = "#" + name.description }

    /// One of several fields of one name.
    init(toField name: StaticString, _ number: Int) { text = "#\(name.description)-\(number)" }

    /// The text of a document that the realm names, on whatever site. `nil` for what its settings would not take.
    init?(to document: TermsDocument) {
        guard let url = document.url, let slash = url.utf8.firstIndex(of: UInt8(ascii: "/")),
            ["https:" as String, "http:"].contains(String(url[..<slash])),
            url.utf8.allSatisfy({ (0x21...0x7E).contains($0) && $0 != 0x22 && $0 != 0x27 && $0 != 0x3C && $0 != 0x3E })
        else { return nil }
        text = url
    }

    private init(known text: String) { self.text = text }

    static let applicationStyle = Link(known: Stylesheet.applicationTemplate)

    /// A page of a realm, from another origin.
    init(_ origin: Origin, _ base: RealmPath, _ path: StaticString, query: [Query.Field] = []) {
        text = origin.description + base.text + path.description + Query.text(query)
    }

    /// A place on the host that was asked.
    init(_ path: LocalPath) { text = path.text }
}

/// Fields of a query, to be written.
enum Query {
    struct Field: Hashable, Sendable {
        let name: StaticString
        let value: String

        init(_ name: StaticString, _ value: String) {
            self.name = name
            self.value = value
        }

        static func == (left: Self, right: Self) -> Bool {
            left.name.description == right.name.description && left.value == right.value
        }

        func hash(into hasher: inout Hasher) {
            hasher.combine(name.description)
            hasher.combine(value)
        }
    }

    /// With its `?`; empty without fields.
    static func text(_ fields: [Field]) -> String {
        guard !fields.isEmpty else { return "" }
        return "?" + fields.map { "\($0.name.description)=\(encoded($0.value))" }.joined(separator: "&")
    }

    /// Everything but RFC 3986's unreserved characters is encoded; `/` may stand in a query, and is easier to read.
    static func encoded(_ text: String) -> String {
        PercentEncoding.text(text) { !PercentEncoding.isUnreserved($0) && $0 != UInt8(ascii: "/") }
    }
}
