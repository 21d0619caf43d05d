internal import Flows
internal import Storage

/// `GET /dbstatus`: whether the database answers. When it does not, this is the same 503 as everywhere.
struct DatabaseStatusEndpoint: Endpoint {
    let databaseStatus: DatabaseStatus

    struct Reply: Sendable {
        let status: String
        let schemaVersion: Int64
        let latencyMilliseconds: Int64
    }

    static let sentence = "Whether the database answers, and how fast."
    static let input = Intake.nothing
    static let output: Schema<Reply> = .object(
        Reply.init(status:schemaVersion:latencyMilliseconds:),
        Field("status", .text(example: "ok"), \.status, "Always `ok`."),
        Field(
            "schema_version", .integer(0...Int64.max, example: 1), \.schemaVersion,
            "The newest migration that was applied."),
        Field("latency_ms", .integer(0...Int64.max, example: 1), \.latencyMilliseconds, "Of one small read."))

    func callAsFunction(_ input: Void, _ caller: Visitor) async throws(StoreFault) -> Answer<Reply, NoRefusal> {
        let status = try await databaseStatus()
        return .success(
            Reply(
                status: "ok", schemaVersion: status.schemaVersion, latencyMilliseconds: status.latencyMilliseconds))
    }
}
