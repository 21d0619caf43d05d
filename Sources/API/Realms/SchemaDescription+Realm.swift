internal import Domain
internal import Flows
internal import Standards

extension SchemaDescription {
    /// What a realm may decide, out of the table that reads it.
    static let realmSettings = SchemaDescription.named("RealmSettings", .object(realmMembers))

    /// Each of them may be left out; `null` says the same, and removes what was set.
    static let realmMembers: [Member] = {
        var members: [Member] = []
        for row in RealmMember.all {
            let inner = Member(
                name: row.path.last ?? "", isRequired: false, shape: .nullable(row.shape), sentence: row.summary,
                isInExample: ["session_limit", "sign_up", "transports"].contains(row.name))
            guard row.path.count == 2 else {
                members.append(inner)
                continue
            }
            // The rows of a group stand together.
            var group = [inner]
            if let last = members.last, last.name == row.path[0], case .nullable(.object(let before)) = last.shape {
                group = before + group
                members.removeLast()
            }
            members.append(
                Member(
                    name: row.path[0], isRequired: false, shape: .nullable(.object(group)),
                    sentence: group.count == 1 ? row.summary : "What belongs together under this name.",
                    isInExample: false))
        }
        return members
    }()
}

extension RealmMember {
    /// What the rule behind it leaves over; the rule's own refusals say more than a schema's.
    fileprivate var shape: SchemaDescription {
        switch kind {
        case .boolean: .boolean(example: false)
        case .integer(let range), .seconds(let range): .integer(range, example: range.lowerBound)
        // A number of seconds, or days as text.
        case .keyRotation: .anything
        case .choice(let words): .choice(words)
        case .choices(let words, _): .array(.choice(words), count: 0...words.count)
        case .origin: .text(example: "https://id.shop.example")
        case .origins: .array(.text(example: "https://app.shop.example"), count: 0...64)
        case .address: .text(example: "https://shop.example/sign-in")
        case .mailbox: .text(example: "The Shop <hello@shop.example>")
        case .line: .text(example: "The Shop")
        case .wording, .letters: .anyObject
        case .profileAttributes, .profileAssignments: .array(.anyObject, count: 0...64)
        case .documents:
            .array(
                .object([
                    SchemaDescription.Member(
                        name: "name", isRequired: true, shape: .text(example: "terms"), sentence: "As roles are named."),
                    SchemaDescription.Member(
                        name: "version", isRequired: true, shape: .integer(TermsDocument.versions, example: 2),
                        sentence: "Counts up."),
                    SchemaDescription.Member(
                        name: "url", isRequired: false, shape: .text(example: "https://shop.example/terms/2"),
                        sentence: "Where it can be read."),
                    SchemaDescription.Member(
                        name: "digest", isRequired: false, shape: .text(example: "SHA-256 in hexadecimal digits"),
                        sentence: "Of the text."),
                    SchemaDescription.Member(
                        name: "required", isRequired: false, shape: .boolean(example: true),
                        sentence: "Whether nobody may have an account without it."),
                ]), count: 0...64)
        case .integers(let range): .array(.integer(range, example: range.lowerBound), count: 0...64)
        case .applications:
            .array(
                .object([
                    SchemaDescription.Member(
                        name: "name", isRequired: true, shape: .text(example: "crm"), sentence: "As roles are named."),
                    SchemaDescription.Member(
                        name: "origin", isRequired: true, shape: .text(example: "https://crm.example.com"),
                        sentence: "On a host of its own."),
                ]), count: 0...64)
        }
    }
}
