/// Markup that is safe to send: text that is put into it is escaped, and only markup is not.
///
/// There is no way to call a text markup. Markup is written in the source, as literals, which cannot hold what somebody
/// sent; everything else comes in through an interpolation.
///
/// ```swift
/// let greeting: HTML = "<p>Hello \(user.username)</p>"      // a name of <script> arrives as text
/// ```
struct HTML: ExpressibleByStringInterpolation, Sendable, CustomStringConvertible {
    let description: String

    init(stringLiteral literal: StaticString) { description = literal.description }
    init(stringInterpolation: StringInterpolation) { description = stringInterpolation.text }

    static let nothing: HTML = ""

    var bytes: [UInt8] { Array(description.utf8) }

    struct StringInterpolation: StringInterpolationProtocol {
        fileprivate var text = ""
        /// The literal that the next interpolation stands right behind.
        private var literal = ""

        init(literalCapacity: Int, interpolationCount: Int) {
            text.reserveCapacity(literalCapacity + 24 * interpolationCount)
        }

        mutating func appendLiteral(_ literal: StaticString) {
            self.literal = literal.description
            text += self.literal
        }

        /// Escaped, for an element's content and for an attribute in double quotes.
        ///
        /// Escaping does not make a text harmless as a link, nor as an attribute without quotes. A text that stands
        /// where only a ``Link`` may, or behind a bare `=`, is left out: that is a mistake of ours, and must not become
        /// somebody's `javascript:`.
        mutating func appendInterpolation(_ plain: String) {
            let stands = literal
            literal = ""
            if stands.hasSuffix("=") || Self.mustBeLink.contains(where: stands.hasSuffix) {
                text += "#"
                return
            }
            for scalar in plain.unicodeScalars {
                switch scalar {
                case "&": text += "&amp;"
                case "<": text += "&lt;"
                case ">": text += "&gt;"
                case "\"": text += "&quot;"
                case "'": text += "&#39;"
                default: text.unicodeScalars.append(Self.isWrittenAsIs(scalar) ? scalar : "\u{FFFD}")
                }
            }
        }

        mutating func appendInterpolation(_ number: Int) {
            literal = ""
            text += String(number)
        }

        mutating func appendInterpolation(_ link: Link) {
            literal = ""
            for byte in link.text.utf8 { text += byte == UInt8(ascii: "&") ? "&amp;" : String(Unicode.Scalar(byte)) }
        }

        mutating func appendInterpolation(_ markup: HTML) {
            literal = ""
            text += markup.description
        }

        /// One after the other.
        mutating func appendInterpolation(_ parts: [HTML]) {
            literal = ""
            for part in parts { text += part.description }
        }

        private static let mustBeLink = ["href=\"", "src=\"", "action=\"", "formaction=\"", "style=\""]

        /// Controls but for tab and line feed mean nothing in a page; those that turn the direction of writing around
        /// would let a name rewrite the words beside it.
        private static func isWrittenAsIs(_ scalar: Unicode.Scalar) -> Bool {
            switch scalar.value {
            case 0x09, 0x0A: true
            case 0x00..<0x20, 0x7F...0x9F, 0x200E, 0x200F, 0x202A...0x202E, 0x2066...0x2069, 0x061C: false
            default: true
            }
        }
    }
}
