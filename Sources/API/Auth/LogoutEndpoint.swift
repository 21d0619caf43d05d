public import Flows
public import Storage

/// `POST /api/auth/logout`.
public struct LogoutEndpoint: Endpoint {
    let signOut: SignOut

    public struct Reply: Sendable {
        let message: String
    }

    public static let sentence = "Ends the session; its tokens are refused from the next request on."
    public static let input = Intake.nothing
    public static let output = Schema.object(
        Reply.init(message:),
        Field("message", .text(example: "Logged out"), \.message, "What happened, for people."))

    public func callAsFunction(
        _ input: Void, _ caller: Member
    ) async throws(StoreFault) -> Answer<Reply, NoRefusal> {
        try await signOut(caller.principal, from: caller.source)
        return .success(Reply(message: "Logged out"))
    }
}
