internal import Flows
internal import Storage

/// `POST /api/auth/logout`.
struct LogoutEndpoint: Endpoint {
    let signOut: SignOut

    struct Reply: Sendable {
        let message: String
    }

    static let sentence = "Ends the session; its tokens are refused from the next request on."
    static let input = Intake.nothing
    static let output: Schema<Reply> = .object(
        Reply.init(message:),
        Field("message", .text(example: "Logged out"), \.message, "What happened, for people."))

    func callAsFunction(
        _ input: Void, _ caller: Member
    ) async throws(StoreFault) -> Answer<Reply, NoRefusal> {
        try await signOut(caller.principal, from: caller.source)
        return .success(Reply(message: "Logged out"))
    }
}
