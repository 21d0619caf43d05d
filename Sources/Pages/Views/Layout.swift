internal import Domain
internal import Flows
internal import HTTP

/// What every page of one request has in common.
struct Layout: Sendable {
    let language: Language
    let style: Link
    let base: RealmPath
    /// Whose page it is, as people know it: the host of the realm's canonical URL.
    let host: String
    /// The same page in each other language; none where it cannot be asked for twice.
    let others: [(language: Language, link: Link)]

    func words(_ phrase: Phrase) -> String { phrase.words(in: language) }
    func words(_ phrase: AccountPhrase) -> String { phrase.words(in: language) }
    func words(_ phrase: ProfilePhrase) -> String { phrase.words(in: language) }

    /// - Parameter isWide: for what is more than one form.
    func page(title: String, isWide: Bool = false, _ content: HTML) -> HTML {
        """
        <!DOCTYPE html>
        <html lang="\(language.rawValue)">
        <head>
        <meta charset="utf-8">
        <title>\(title) · \(host)</title>
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <meta name="color-scheme" content="light dark">
        <meta name="robots" content="noindex">
        <link rel="stylesheet" href="\(style)">
        </head>
        <body>
        <a class="skip" href="#content">\(words(.skipToContent))</a>
        <div class="\(isWide ? Self.wide : Self.narrow)">
        <header><svg class="mark" viewBox="0 0 32 32" aria-hidden="true" focusable="false"><circle cx="16" cy="7" r="4"/>\
        <path d="M9.5 13.5a9 9 0 1 0 13 0"/></svg><span>\(host)</span></header>
        <main id="content" tabindex="-1">
        \(content)
        </main>
        \(others.isEmpty ? .nothing : footer)</div>
        </body>
        </html>

        """
    }

    private var footer: HTML {
        "<footer><nav aria-label=\"\(words(.language))\">\(switches)</nav></footer>\n"
    }

    private var switches: [HTML] {
        Language.allCases.map { language in
            let tag = language.rawValue
            guard let other = others.first(where: { $0.language == language }) else {
                return "<span lang=\"\(tag)\" aria-current=\"true\">\(language.ownName)</span>"
            }
            return "<a href=\"\(other.link)\" lang=\"\(tag)\" hreflang=\"\(tag)\">\(language.ownName)</a>"
        }
    }

    private static let wide: HTML = "page wide"
    private static let narrow: HTML = "page"
}

/// Fields that a form takes along unseen.
struct HiddenFields: Sendable {
    let fields: [Query.Field]

    var markup: [HTML] {
        fields.map { field in
            "<input type=\"hidden\" name=\"\(field.name.description)\" value=\"\(field.value)\">\n"
        }
    }
}

/// One line that says what happened.
enum Notice: Sendable {
    case good(String)
    /// Read out at once by whatever reads the page to somebody.
    case bad(String)

    var markup: HTML {
        switch self {
        case .good(let text): "<p class=\"notice good\" role=\"status\">\(text)</p>\n"
        case .bad(let text): "<p class=\"notice bad\" role=\"alert\" id=\"problem\">\(text)</p>\n"
        }
    }
}
