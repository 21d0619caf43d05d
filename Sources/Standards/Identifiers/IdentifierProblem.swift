/// Why a text cannot be a username or a mail address. The raw value is the stable code that clients see.
public enum IdentifierProblem: String, Error, CaseIterable, Sendable {
    case empty
    case tooLong = "too_long"
    /// An invisible, unassigned, private or control character, or a combining mark with nothing to stand on.
    case forbiddenCharacter = "forbidden_character"
    case outerWhitespace = "outer_whitespace"
    /// A username with an `@` could pass for somebody else's mail address.
    case containsAt = "contains_at"
    /// Not `local@domain` with exactly one `@`.
    case notAnAddress = "not_an_address"
    /// Not dot-separated atoms (RFC 5321 §4.1.2, RFC 6531 §3.3); quoted local parts are not taken.
    case localPart = "local_part"
    /// Not a host name of at least two labels (RFC 5321 §4.1.2, RFC 5891), or an address in numbers.
    case domain
}
