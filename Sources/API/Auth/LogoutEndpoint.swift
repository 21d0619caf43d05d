internal import Domain
internal import Flows
internal import HTTP
internal import Storage

/// `POST /api/auth/logout`.
struct LogoutEndpoint: Endpoint {
    typealias Refusal = Flows.Refresh.Refusal
    let signOut: SignOut

    struct Reply: Sendable {
        let message: String
    }

    static let sentence = "Ends the session; its tokens and cookies are refused from the next request on."
    static let setsCookies = true
    static let input = Intake.nothing
    static let output: Schema<Reply> = .object(
        Reply.init(message:),
        Field("message", .text(example: "Logged out"), \.message, "What happened, for people."))

    func callAsFunction(_ input: Void, _ caller: Leaver) async throws(StoreFault) -> Answer<Reply, Refusal> {
        let cookies = SessionCookies(caller.realm)
        let reply = Reply(message: "Logged out")
        if let member = caller.member {
            try await signOut(member.principal, provenBy: member.provenBy, from: caller.source)
            return .success(reply, cookies: cookies.removal(from: member))
        }
        guard case .value(let token) = cookies.refreshToken(in: caller.request) else { return .refused(.malformed) }
        let text = String(decoding: token, as: UTF8.self)
        switch try await signOut(refreshToken: text, in: caller.realm, from: caller.source) {
        case .signedOut: return .success(reply, cookies: cookies.removal)
        case .refused(let refusal): return .refused(refusal, cookies: cookies.removal)
        }
    }
}
