internal import Standards

extension AuditLine {
    /// For people: time, status, who, what, and the details as `name=value`, on one line whatever the values hold.
    public var readable: String {
        var parts = ["when", "status", "who", "did"].map { Self.readable(json[$0]?.string ?? "-") }
        for name in ["confirmed_by", "if_ok", "if_doubt", "if_not"] {
            if let text = json[name]?.string { parts.append("\(name)=\(Self.readable(text))") }
        }
        // The id comes last, where it disturbs nobody; realm and server are the same on nearly every line.
        for member in json["this"]?.members ?? [] where !["event", "realm", "node"].contains(member.name) {
            parts.append("\(Self.readable(member.name))=\(Self.readable(member.value.string ?? member.value.text))")
        }
        parts.append("id=\(Self.readable(json["id"]?.string ?? "-"))")
        return parts.joined(separator: " ")
    }

    /// Quoted where it could be taken for more than one value, and without anything a terminal would obey.
    private static func readable(_ text: String) -> String {
        var shown = ""
        var needsQuotes = text.isEmpty
        for scalar in text.unicodeScalars {
            switch scalar.properties.generalCategory {
            case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate, .privateUse, .unassigned:
                shown += "\\u{\(String(scalar.value, radix: 16))}"
                needsQuotes = true
            default:
                if scalar == "\"" || scalar == "\\" { shown += "\\" }
                if scalar == "\"" || scalar == "\\" || scalar == "=" || scalar.properties.isWhitespace {
                    needsQuotes = true
                }
                shown.unicodeScalars.append(scalar)
            }
        }
        return needsQuotes ? "\"\(shown)\"" : shown
    }

    private static let columns = [
        "id", "when", "who", "did", "status", "confirmed_by", "if_ok", "if_doubt", "if_not", "this",
    ]

    /// The first line of a CSV file.
    public static let csvHead = columns.joined(separator: ",")

    /// One record (RFC 4180), every field quoted; without its line end.
    public var csv: String {
        Self.columns.map { name in
            let value = json[name]
            return Self.cell(value?.string ?? value?.text ?? "")
        }.joined(separator: ",")
    }

    /// Spreadsheets run what begins like a formula, so such a value gets an apostrophe before it.
    private static func cell(_ text: String) -> String {
        let dangerous: [Unicode.Scalar] = [
            "=", "+", "-", "@", "\t", "\r", "\n", "\u{FF1D}", "\u{FF0B}", "\u{FF0D}", "\u{FF20}",
        ]
        let guarded = text.unicodeScalars.first.map(dangerous.contains) ?? false
        var cell = guarded ? "\"'" : "\""
        for scalar in text.unicodeScalars {
            if scalar == "\"" { cell += "\"" }
            cell.unicodeScalars.append(scalar)
        }
        return cell + "\""
    }
}
