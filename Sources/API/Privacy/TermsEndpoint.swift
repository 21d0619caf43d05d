internal import Domain
internal import Flows
internal import Storage

/// `GET /api/auth/terms`.
struct TermsEndpoint: Endpoint {
    typealias Refusal = NoRefusal

    static let sentence = "What the realm asks people to agree to, at present."
    static let input = Intake<Void>.nothing
    static let output: Schema<TermsReply> = TermsReply.schema

    func callAsFunction(_ input: Void, _ caller: Visitor) async throws(StoreFault) -> Answer<TermsReply, NoRefusal> {
        .success(TermsReply(terms: caller.realm.rules.privacy.terms))
    }
}

struct TermsReply: Sendable {
    let terms: [TermsDocument]

    static let schema: Schema<TermsReply> = .written(
        Field("terms", .array(TermsDocument.schema, count: 0...64), \.terms, "By name, each in its present version."))
}

extension TermsDocument {
    static let schema: Schema<TermsDocument> = .written(
        Field("name", .text(example: "terms"), \.name, "What is agreed to, or the purpose."),
        Field("version", .integer(versions, example: 2), \.version, "Counts up with each new text."),
        Field(
            "reference", .text(example: "terms@2"), \.reference, "How sign-up and consents speak of this version."),
        Field("required", .boolean(example: true), \.isRequired, "Whether nobody may have an account without it."),
        Field(optional: "url", .text(example: "https://shop.example/terms/2"), \.url, "Where it can be read."),
        Field(
            optional: "digest",
            .text(example: "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"), \.digest,
            "SHA-256 of the text, in hexadecimal digits.")
    ).named("Terms")
}
