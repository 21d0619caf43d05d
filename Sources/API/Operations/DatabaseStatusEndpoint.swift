public import Flows
public import Storage

/// `GET /dbstatus`: whether the database answers. When it does not, this is the same 503 as everywhere.
public struct DatabaseStatusEndpoint: Endpoint {
    let databaseStatus: DatabaseStatus

    public struct Reply: Sendable {
        let status: String
        let schemaVersion: Int64
        let latencyMilliseconds: Int64
    }

    public static let sentence = "Whether the database answers, and how fast."
    public static let input = Intake.nothing
    public static let output = Schema.object(
        Reply.init(status:schemaVersion:latencyMilliseconds:),
        Field("status", .text(example: "ok"), \.status, "Always `ok`."),
        Field(
            "schema_version", .integer(0...Int64.max, example: 1), \.schemaVersion,
            "The newest migration that was applied."),
        Field("latency_ms", .integer(0...Int64.max, example: 1), \.latencyMilliseconds, "Of one small read."))

    public func callAsFunction(_ input: Void, _ caller: Visitor) async throws(StoreFault) -> Answer<Reply, NoRefusal> {
        let status = try await databaseStatus()
        return .success(
            Reply(
                status: "ok", schemaVersion: status.schemaVersion, latencyMilliseconds: status.latencyMilliseconds))
    }
}
