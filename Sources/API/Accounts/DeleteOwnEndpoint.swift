internal import Domain
internal import Flows
internal import Storage

/// `POST /api/auth/delete-account`.
struct DeleteOwnEndpoint: Endpoint {
    typealias Refusal = OwnEndingRefusal
    let deleteOwn: DeleteOwn

    struct Reply: Sendable {
        let message: String
        let finallyAt: Timestamp
    }

    static let sentence = "Ends the caller's account: its sessions now, and everything about it after a time of grace."
    static let setsCookies = true
    static let input: Intake<(CurrentPassword, Confirmed)> = .json(.both(CurrentPassword.schema, Confirmed.schema))
    static let output: Schema<Reply> = .object(
        Reply.init(message:finallyAt:),
        Field("message", .text(example: "Account will be deleted"), \.message, "What happened, for people."),
        Field("finally_at", .timestamp, \.finallyAt, "Until when its owner can take it up again."))

    func callAsFunction(_ input: (CurrentPassword, Confirmed), _ caller: Member) async throws(StoreFault) -> Answer<
        Reply, Refusal
    > {
        let outcome = try await deleteOwn(
            current: input.0.current, of: caller.principal, provenBy: caller.provenBy, in: caller.realm,
            from: caller.source)
        switch outcome {
        case .scheduled(let finallyAt):
            return .success(
                Reply(message: "Account will be deleted", finallyAt: finallyAt),
                cookies: SessionCookies(caller.realm).removal(from: caller))
        case .refused(let refusal): return .refused(.reproof(refusal))
        case .lastAdministrator: return .refused(.lastAdministrator)
        }
    }
}
