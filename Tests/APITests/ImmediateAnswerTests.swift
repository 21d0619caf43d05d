import Domain
import Flows
import HTTP
import Standards
import TestSupport
import Testing

@testable import API

@Suite("Answers that wait for nothing") struct ImmediateAnswerTests {
    private static func me(_ token: String?) throws -> Request {
        var headers = Headers()
        if let token { headers.add("Authorization", token) }
        var request = try #require(Request(method: .get, target: "/api/auth/me", headers: headers))
        request.client = .ip(try #require(IPAddress("192.0.2.7")))
        return request
    }

    private static func fields(_ response: Response) -> [String] {
        response.headers.pairs.map { "\($0.name): \($0.value)" }
    }

    @Test func `who the caller is comes from memory, with the same answer, until the session ends`() async throws {
        try await withAPI { conversation in
            let tokens = try await conversation.world.signUp()
            let request = try Self.me("Bearer \(tokens.accessToken)")
            // The first time only the database knows.
            #expect(conversation.api.answerNow(request) == nil)
            let waited = await conversation.api.answer(request)
            let now = try #require(conversation.api.answerNow(request))
            #expect(waited.status == 200 && now.status == 200)
            #expect(now.body == waited.body && Self.fields(now) == Self.fields(waited))
            #expect(now.caller != nil && waited.caller === now.caller)
            let head = try #require(Request(method: .head, target: "/api/auth/me", headers: request.headers))
            #expect(conversation.api.answerNow(head)?.body == now.body)
            let principal = try await conversation.world.whoIs(tokens.accessToken).get()
            try await conversation.world.useCases.signOut(principal, from: World.source)
            #expect(conversation.api.answerNow(request) == nil)
            #expect(await conversation.api.answer(request).status == 401)
        }
    }

    @Test func `refusals that need no database are the same at once`() async throws {
        try await withAPI { conversation in
            for token in [nil, "Basic abc", "Bearer x", "Bearer a.b.c", "Bearer \u{FF}\u{0}"] {
                let request = try Self.me(token)
                let now = try #require(conversation.api.answerNow(request))
                let waited = await conversation.api.answer(request)
                #expect(now.status == 401 && now.body == waited.body && Self.fields(now) == Self.fields(waited))
                #expect(now.code == waited.code && now.caller == nil)
            }
        }
    }

    @Test(arguments: [
        ("ana", "ana@example.com", ["user"]), ("", "", []), ("\"\\\r\n\t\u{0}\u{1F}", "é🔑\u{2028}\"@x", ["a", "b"]),
        (
            String(repeating: "\"", count: 64), String(repeating: "é", count: 120),
            ["r\"", String(repeating: "x", count: 64)]
        ),
        ("12345678\"", "1234567\\", ["12345678", "1234567\n9"]),
    ])
    func `the written reply is what its fields say`(_ username: String, _ email: String, _ roles: [String]) {
        for (high, low) in [(0, 0), (UInt64.max, UInt64.max), (0x0123_4567_89AB_CDEF, 0xFEDC_BA98_7654_3210)] {
            for time in [0, 1, -1, 1_795_273_509_250, Int64.max, Int64.min] {
                let reply = MeEndpoint.Reply(
                    id: ID(high: UInt64(high), low: UInt64(low)), username: username, email: email,
                    isEmailVerified: low == 0, roles: roles, groups: roles, createdAt: Timestamp(milliseconds: time),
                    impersonatedBy: nil)
                let written = MeEndpoint.output.encode(reply)
                #expect(written == MeEndpoint.fields.encode(reply))
                let acting = Impersonation(
                    id: ID(high: UInt64(high), low: UInt64(low)), impersonator: .nobody, name: username, session: nil,
                    reason: email, mayWrite: true, startedAt: reply.createdAt, endsAt: reply.createdAt, wrappedKey: nil)
                let acted = MeEndpoint.Reply(
                    id: reply.id, username: username, email: email, isEmailVerified: reply.isEmailVerified,
                    roles: roles,
                    groups: reply.groups, createdAt: reply.createdAt, impersonatedBy: acting)
                #expect(MeEndpoint.output.encode(acted) == MeEndpoint.fields.encode(acted))
                let json: JSON = [
                    "id": .string(reply.id.text), "username": .string(username), "email": .string(email),
                    "email_verified": .bool(low == 0), "roles": .array(roles.map { .string($0) }),
                    "groups": .array(roles.map { .string($0) }), "created_at": .string(reply.createdAt.iso8601),
                ]
                #expect(written == json.bytes)
            }
        }
    }
}
