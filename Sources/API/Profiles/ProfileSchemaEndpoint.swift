internal import Domain
internal import Flows
internal import Standards
internal import Storage

/// `GET /api/auth/profile/schema`.
struct ProfileSchemaEndpoint: Endpoint {
    typealias Refusal = NoRefusal

    struct Reply: Sendable {
        let attributes: [ProfileAttribute]
    }

    static let sentence = "What people may be asked for here: the attributes that they read or write themselves."
    static let input = Intake.nothing
    static let output: Schema<Reply> = .written(
        Field("attributes", .array(attribute, count: 0...64), \.attributes, "In the order in which forms show them."))

    private static let attribute: Schema<ProfileAttribute> = .written(
        Field("name", .text(characters: 1...32, example: "cpf"), \.name, "It never changes."),
        Field("type", .choice(words: AttributeType.words), \.type.word, "What its values are."),
        Field(
            "required", .choice(words: AttributeRequirement.allCases.map(\.rawValue)), \.requirement.rawValue,
            "When it must be there."),
        Field("unique", .boolean(example: true), \.isUnique, "Whether only one person may have a value."),
        Field("masked", .boolean(example: true), \.isMasked, "Whether it should be shown with care."),
        Field(
            "writable", .boolean(example: false), { $0.writers.contains(.owner) },
            "Whether people change it themselves."
        ),
        Field(
            "readable", .boolean(example: true), { $0.readers.contains(.owner) }, "Whether people see it themselves."),
        Field(
            optional: "minimum", .integer(AttributeType.integers, example: 1), \.type.bounds?.lowerBound,
            "The least number, or the fewest characters."),
        Field(
            optional: "maximum", .integer(AttributeType.integers, example: 120), \.type.bounds?.upperBound,
            "The greatest number, or the most characters."),
        Field(
            optional: "choices", .array(.text(example: "civil"), count: 1...200), \.type.choices,
            "The values of an `enum`."
        ))

    func callAsFunction(_ input: Void, _ caller: Visitor) async throws(StoreFault) -> Answer<Reply, NoRefusal> {
        .success(
            Reply(
                attributes: caller.realm.rules.profile.attributes.filter {
                    $0.readers.contains(.owner) || $0.writers.contains(.owner)
                }))
    }
}

extension AttributeType {
    fileprivate var bounds: ClosedRange<Int64>? {
        switch self {
        case .text(let range): Int64(range.lowerBound)...Int64(range.upperBound)
        case .integer(let range): range
        case .email, .phone, .date, .choice, .boolean, .cpf, .oab, .oabNumber, .uf, .account: nil
        }
    }

    fileprivate var choices: [String]? { if case .choice(let words) = self { words } else { nil } }
}

extension Schema where Value == String {
    /// One of a closed set of words, on its way out.
    fileprivate static func choice(words: [String]) -> Schema {
        Schema<String>.text(example: words.first ?? "").described(as: .choice(words))
    }
}
