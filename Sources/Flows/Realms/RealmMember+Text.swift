internal import Domain
internal import HTTP
internal import Standards

extension RealmMember {
    /// What values may be, in words.
    public var allowed: String {
        switch kind {
        case .boolean: "`true` or `false`"
        case .integer(let range): "\(range.lowerBound) to \(range.upperBound)"
        case .seconds(let range): "\(range.lowerBound) to \(range.upperBound) seconds"
        case .keyRotation: "600 to 315360000 seconds, days such as `\"90d\"`, or 0 for never"
        case .choice(let words): Self.quoted(words)
        case .choices(let words, let inOrder):
            "a list of \(Self.quoted(words)); at least one\(inOrder ? ", and the order counts" : "")"
        case .origin: "`https://host[:port]`, or `http://` on a loopback host; no path"
        case .origins: "a list of at most \(Self.longestList) origins such as `https://app.example.com`"
        case .address: "an `https://` URL of at most \(Self.longestAddress) bytes, or `http://` on a loopback host"
        case .mailbox: "an e-mail address, or `name <address>`"
        case .line(let longest): "a line of at most \(longest) characters"
        case .wording(let longest):
            "an object with a line of at most \(longest) characters for `en`, `pt-BR` or both, see [Mail](MAIL.md#words-of-your-own)"
        case .letters:
            "an object `{letter: {language: {\"subject\", \"intro\"}}}`, see [Mail](MAIL.md#words-of-your-own)"
        case .applications:
            "a list of at most \(Self.longestList) objects `{\"name\", \"origin\"}`, each with a host of its own"
        case .profileAttributes:
            "a list of at most \(Self.longestList) objects `{\"name\", \"type\", …}`, see [Profiles](PROFILES.md)"
        case .profileAssignments:
            "a list of at most \(Self.longestList) objects `{\"attribute\", \"present\", \"role\"}`, see [Profiles](PROFILES.md)"
        case .documents:
            "a list of at most \(Self.longestList) objects `{\"name\", \"version\", \"url\", \"digest\", \"required\"}`"
        case .integers(let range): "a list of whole numbers from \(range.lowerBound) to \(range.upperBound)"
        }
    }

    /// What holds where neither the realm nor the server's settings say anything.
    public var standard: String {
        switch name {
        case Self.url: return "`<public URL>/realms/<name>`"
        case Self.enabled: return "`true`"
        case "session_limit": return "any number"
        case "sign_in_url": return "the realm's own page"
        case "mail_from": return "the server's own"
        case "mail.product_name": return "the host of the realm's URL"
        case "privacy.inactive_after_days": return "never"
        case "privacy.backup_retention_days": return "not known"
        default: break
        }
        guard let value = value(.standard) else { return "none" }
        return value == .array([]) ? "none" : "`\(value.text)`"
    }

    /// The table as Markdown; `docs/REALMS.md` must contain exactly this.
    public static var markdown: String {
        var lines = ["| Member | What it decides | Allowed | Default |", "| --- | --- | --- | --- |"]
        for row in all { lines.append("| `\(row.name)` | \(row.summary) | \(row.allowed) | \(row.standard) |") }
        return lines.joined(separator: "\n")
    }

    private static func quoted(_ words: [String]) -> String { words.map { "`\"\($0)\"`" }.joined(separator: ", ") }
}
