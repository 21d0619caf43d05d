/// `GET /health`: the process answers. It says nothing about the database, so that a failing database does not
/// make a supervisor restart every node.
struct HealthReply: Sendable {
    let status: String

    static let sentence = "Whether the process answers."
    static let schema: Schema<HealthReply> = .object(
        HealthReply.init(status:), Field("status", .text(example: "ok"), \.status, "Always `ok`."))
}
