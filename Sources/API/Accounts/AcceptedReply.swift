internal import Domain
internal import HTTP

/// A letter is on its way, or is not, which nobody is told: the same for addresses that are known and that are not.
public struct AcceptedReply: Sendable {
    let ticket: String

    static let schema: Schema<AcceptedReply> = .written(
        Field("message", .text(example: AcceptedReply.words), \.words, "What to do next, for people."),
        Field(
            "ticket", .text(example: "3q2-7wAAAAAAAAAAAAAAAA"), \.ticket,
            "Names the letter where its code is typed instead of its link opened.")
    ).named("Accepted")

    private static let words = "Check your mail"
    private var words: String { Self.words }

    var response: Response { Response(status: 202, headers: .json, body: Self.schema.encode(self)) }
}
