internal import Domain
internal import Flows
internal import Storage

/// `POST /api/auth/database-token`.
struct DatabaseTokenEndpoint: Endpoint {
    let issueDatabaseToken: IssueDatabaseToken

    enum Refusal: ClientError {
        case notInstalled

        var problem: Problem { .noDatabaseTokens }
    }

    static let sentence =
        "A token for the database: for a minute, aldrava.enter tells a team's own row-level security policies who asks."
    static let input = Intake.nothing
    static let output: Schema<DatabaseToken> = .written(
        Field(
            "token", .text(example: "adt1.d2hhdCBhIGtl.eyJyZWFsbSI6ImRlZmF1bHQifQ.c2lnbmVk"), \.text,
            "For aldrava.enter; whoever holds it is let in as the caller."),
        Field(
            "expires_in", .integer(1...60, example: 60), { $0.life.components.seconds },
            "Seconds for which it is good: 60, or fewer where something that it says ends earlier."),
        Field("expires_at", .timestamp, \.expiresAt, "When it ends.")
    ).named("DatabaseToken")

    func callAsFunction(
        _ input: Void, _ caller: Authorized
    ) async throws(StoreFault) -> Answer<DatabaseToken, Refusal> {
        switch try await issueDatabaseToken(for: caller.result) {
        case .issued(let token): .success(token)
        case .notInstalled: .refused(.notInstalled)
        }
    }
}

extension Problem {
    /// On SQLite, and where nobody has asked for the schema.
    static let noDatabaseTokens = Problem(
        status: 404, code: "no_database_tokens",
        message: "This server's database takes no tokens; on PostgreSQL 'aldrava rls install' prepares it")
}
