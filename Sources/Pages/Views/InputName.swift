internal import Domain

/// What a field of a form is called: a word of ours, or an attribute that the realm's profile schema names.
///
/// ASCII letters, digits, `_` and `.`: a field's name is also its element's id, and stands in links to it.
struct InputName: Hashable, Sendable, ExpressibleByStringLiteral, CustomStringConvertible {
    let description: String

    init(stringLiteral literal: StaticString) { description = literal.description }
    init(_ name: StaticString) { description = name.description }

    /// As the problems of attributes name it, too.
    init(_ attribute: ProfileAttribute) {
        description = "attributes." + (ProfileAttribute.isValidName(attribute.name) ? attribute.name : "")
    }
}
