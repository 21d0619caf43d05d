internal import Domain
internal import HTTP
internal import Standards

/// A letter in its two forms, text and HTML, which say the same.
///
/// What a letter says is a list of parts that hold plain text, so nothing in it can be markup; the HTML is put around it
/// here and nowhere else, and a link is an attribute only where it is a URL over HTTP.
struct LetterLayout: Sendable {
    let subject: String
    private let language: Language
    private let product: String
    private let parts: [Part]

    enum Part: Hashable, Sendable {
        case paragraph(String)
        case link(label: String, url: String)
        /// To be typed.
        case code(String)
        case small(String)
    }

    init(letter: Letter, username: String, address: EmailAddress, language: Language, realm: Realm) {
        let rules = realm.rules.mail
        let product = rules.productName ?? realm.host
        let username = Self.isGreetable(username) ? username : ""
        let own = rules.words(for: letter.name, in: language)
        let fill = { (text: String) in MailPlaceholder.fill(text, username: username, product: product) }
        let words = LetterWords(letter, in: language, product: product)
        self.language = language
        self.product = product
        subject = own?.subject.map(fill) ?? words.subject
        var parts: [Part] = []
        if let greeting = rules.greeting[language] {
            parts.append(.paragraph(fill(greeting)))
        } else {
            parts.append(.paragraph(LetterWords.greeting(username, in: language)))
        }
        parts.append(.paragraph(own?.intro.map(fill) ?? words.intro))
        parts += words.parts
        if let signature = rules.signature[language] { parts.append(.paragraph(fill(signature))) }
        if let support = rules.supportURL {
            parts.append(.link(label: LetterWords.help(in: language), url: support))
        }
        parts.append(.small(LetterWords.origin(product: product, issuer: realm.issuer, in: language)))
        self.parts = parts
    }

    /// Whether a name can carry nothing but itself. Strangers choose names and have letters sent to whom they like: no
    /// letter of ours brings somebody their link or their sentence.
    static func isGreetable(_ username: String) -> Bool {
        let scalars = username.unicodeScalars
        return scalars.count <= 32
            && scalars.allSatisfy { scalar in
                switch scalar {
                case ".", "/", ":", "@", "\\": false
                default: !scalar.properties.isWhitespace
                }
            }
    }

    var text: String {
        var text = ""
        for part in parts {
            switch part {
            case .paragraph(let words): text += "\(words)\n\n"
            case .link(let label, let url): text += "\(label):\n\(url)\n\n"
            case .code(let code): text += "    \(code)\n\n"
            case .small(let words): text += "-- \n\(words)\n"
            }
        }
        return text
    }

    /// Styles stand at each element, because mail programs throw style sheets away. Nothing is fetched from anywhere.
    var html: String {
        var body = ""
        for part in parts {
            switch part {
            case .paragraph(let words):
                body += "<p style=\"margin:0 0 16px\">\(Self.escaped(words))</p>\n"
            case .link(let label, let url):
                guard Self.isLink(url) else { continue }
                let target = Self.escaped(url)
                body += """
                    <p style="margin:0 0 8px"><a href="\(target)" style="display:inline-block;padding:12px 20px;\
                    border-radius:8px;background:#1f4fd1;color:#ffffff;font-weight:600;text-decoration:none">\
                    \(Self.escaped(label))</a></p>
                    <p style="margin:0 0 16px;font-size:13px;color:#595f69;word-break:break-all">\(target)</p>

                    """
            case .code(let code):
                body += """
                    <p style="margin:0 0 16px;font-family:ui-monospace,Menlo,Consolas,monospace;font-size:32px;\
                    font-weight:600;letter-spacing:4px">\(Self.escaped(code))</p>

                    """
            case .small(let words):
                body += """
                    <p style="margin:24px 0 0;padding-top:16px;border-top:1px solid #d9dce1;font-size:13px;\
                    color:#595f69">\(Self.escaped(words))</p>

                    """
            }
        }
        return """
            <!DOCTYPE html>
            <html lang="\(language.rawValue)">
            <head>
            <meta charset="utf-8">
            <meta name="viewport" content="width=device-width, initial-scale=1">
            <title>\(Self.escaped(subject))</title>
            </head>
            <body style="margin:0;padding:24px;background:#ffffff;color:#16181d;\
            font-family:system-ui,-apple-system,'Segoe UI',Roboto,sans-serif;font-size:16px;line-height:1.5">
            <div style="max-width:560px;margin:0 auto">
            <p style="margin:0 0 24px;font-weight:700">\(Self.escaped(product))</p>
            \(body)</div>
            </body>
            </html>

            """
    }

    /// For an element's content and for an attribute in double quotes. Characters that turn the direction of writing
    /// around would let a name rewrite the words beside it.
    static func escaped(_ plain: String) -> String {
        var text = ""
        for scalar in plain.unicodeScalars {
            switch scalar {
            case "&": text += "&amp;"
            case "<": text += "&lt;"
            case ">": text += "&gt;"
            case "\"": text += "&quot;"
            case "'": text += "&#39;"
            default: text.unicodeScalars.append(isWrittenAsIs(scalar) ? scalar : "\u{FFFD}")
            }
        }
        return text
    }

    private static func isWrittenAsIs(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0x0A: true
        case 0x00..<0x20, 0x7F...0x9F, 0x200E, 0x200F, 0x202A...0x202E, 0x2066...0x2069, 0x061C: false
        default: true
        }
    }

    private static func isLink(_ url: String) -> Bool {
        url.utf8.starts(with: "https://".utf8) || url.utf8.starts(with: "http://".utf8)
    }
}

/// What a realm's own words may leave open.
enum MailPlaceholder: String, CaseIterable, Sendable {
    case username
    case product

    var text: String { "{\(rawValue)}" }

    /// The names between braces that are no placeholder's, and a brace that stands alone.
    static func unknown(in text: String) -> [String] {
        pieces(of: text).compactMap { piece in
            guard case .named(let name) = piece, MailPlaceholder(rawValue: name) == nil else { return nil }
            return name
        }
    }

    static func fill(_ text: String, username: String, product: String) -> String {
        var filled = ""
        for piece in pieces(of: text) {
            switch piece {
            case .plain(let words): filled += words
            case .named(let name):
                switch MailPlaceholder(rawValue: name) {
                case .username: filled += username
                case .product: filled += product
                case nil: filled += "{\(name)}"
                }
            }
        }
        return filled
    }

    private enum Piece { case plain(String), named(String) }

    private static func pieces(of text: String) -> [Piece] {
        var pieces: [Piece] = []
        var rest = text.utf8[...]
        while let open = rest.firstIndex(of: UInt8(ascii: "{")) {
            pieces.append(.plain(String(Substring(rest[..<open]))))
            let inside = rest[rest.index(after: open)...]
            let close = inside.firstIndex(of: UInt8(ascii: "}")) ?? inside.endIndex
            pieces.append(.named(String(Substring(inside[..<close]))))
            rest = close == inside.endIndex ? inside[close...] : inside[inside.index(after: close)...]
        }
        return pieces + [.plain(String(Substring(rest)))]
    }
}
