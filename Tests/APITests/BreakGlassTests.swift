import Domain
import HTTP
import Standards
import Storage
import TestSupport
import Testing

@testable import API
@testable import Flows

@Suite("The code from the safe") struct BreakGlassTests {
    private static let path = "/api/system/auth/break-glass"

    private func create(_ api: Conversation) async throws -> String {
        let secret = try await api.world.useCases.impersonation.breakGlass.create(by: .commandLine)
        return String(decoding: secret.exposed, as: UTF8.self)
    }

    private func show(_ code: String, _ api: Conversation) async throws -> Response {
        try await api.send("", .post, Self.path, #"{"code":"\#(code)"}"#)
    }

    @Test(arguments: Backend.available)
    func `it opens one operator session, once, and everybody is told`(_ backend: Backend) async throws {
        try await withAPI(backend) { api in
            _ = try await Operators.signIn("rui", api)
            let code = try await create(api)
            let opened = try await show(code.lowercased().split(separator: "-").joined(separator: " "), api)
            #expect(opened.status == 200)
            let token = try api.member("token", of: opened)
            #expect(try await api.send("", .get, "/api/system/realms", token: token).status == 200)
            #expect(api.world.reports.all.contains { $0.did == "break_glass_used" && $0.severity == .error })
            #expect(api.world.useCases.impersonation.useBreakGlass.uses == 1)
            let letters = try await api.world.letters().filter { $0.kind == "break_glass_used" }
            #expect(letters.map(\.to) == ["rui@example.com"])
            let again = try await show(code, api)
            #expect(again.status == 401)
            let lines = try await api.world.events("use_break_glass")
            #expect(lines.count == 1 && lines.first?.who == "break-glass")
            let session = try #require(
                try await api.world.useCases.listSessions(
                    of: "break-glass", in: .system, after: nil, limit: 9
                ).sessions.first?.session)
            #expect(session.absoluteEnd == session.createdAt + .seconds(3_600))
            // One at a time.
            let next = try await show(try await create(api), api)
            #expect(next.status == 200)
            #expect(try await api.send("", .get, "/api/system/auth/me", token: token).status == 401)
            let other = try api.member("token", of: next)
            #expect(try await api.send("", .get, "/api/system/auth/me", token: other).status == 200)
        }
    }

    @Test(arguments: Backend.available)
    func `of twenty who show it at once one gets in`(_ backend: Backend) async throws {
        try await withAPI(backend) { api in
            for _ in 0..<2 {
                let code = try await create(api)
                let system = try #require(try await api.world.useCases.realms.find(.system))
                let use = api.world.useCases.impersonation.useBreakGlass
                let opened = try await withThrowingTaskGroup(of: Bool.self) { group in
                    for place in 0..<20 {
                        let source = Source(
                            address: "203.0.113.\(place)", network: "203.0.\(place).0/24", userAgent: "", requestID: "")
                        group.addTask {
                            do {
                                if case .opened = try await use(Secret(utf8: code), in: system, from: source) {
                                    return true
                                }
                            } catch StoreFault.busy {}
                            return false
                        }
                    }
                    return try await group.reduce(0) { $0 + ($1 ? 1 : 0) }
                }
                #expect(opened == 1)
            }
            let lines = try await api.world.events("use_break_glass", count: 2)
            #expect(lines.count == 2)
        }
    }

    @Test func `whatever is not accepted is told in the same words`() async throws {
        try await withAPI { api in
            let first = try await create(api)
            let second = try await create(api)
            let wrong = try #require(BreakGlassCode(Secret([UInt8](repeating: 1, count: 20))))
            let never = wrong.text(check: BreakGlass.check(wrong.secret))
            let bodies = [
                try await show(first, api).body, try await show("x", api).body, try await show(never, api).body,
                try await show(String(first.dropLast()), api).body,
            ]
            #expect(Set(bodies).count == 1)
            #expect(try await api.world.useCases.impersonation.breakGlass.revoke(by: .commandLine))
            #expect(try await show(second, api).status == 401)
            #expect(try await !api.world.useCases.impersonation.breakGlass.revoke(by: .commandLine))
            var status = 401
            for _ in 0..<40 where status == 401 { status = try await show("x", api).status }
            #expect(status == 429)
        }
    }

    @Test func `an account that was disabled does not keep the code from opening`() async throws {
        try await withAPI { api in
            #expect(try await show(try await create(api), api).status == 200)
            let system = try #require(try await api.world.useCases.realms.find(.system))
            _ = try await api.world.useCases.setUserActive(false, user: "break-glass", in: system, by: .commandLine)
            let opened = try await show(try await create(api), api)
            #expect(opened.status == 200)
            let token = try api.member("token", of: opened)
            #expect(try await api.send("", .get, "/api/system/realms", token: token).status == 200)
        }
    }

    @Test func `the code is what was printed, however it is typed`() throws {
        let secret = Secret((0..<20).map { UInt8($0 * 13) })
        let check: (Secret) -> [UInt8] = BreakGlass.check
        let code = try #require(BreakGlassCode(secret))
        let text = code.text(check: check(secret))
        #expect(text.utf8.count == 44 && text.split(separator: "-").allSatisfy { $0.count == 4 })
        for typed in [text, text.lowercased(), text.replacing("-", with: ""), text.replacing("0", with: "o")] {
            #expect(BreakGlassCode(typed: typed, check: check)?.secret.exposed == secret.exposed)
        }
        for slip in [String(text.dropLast()), text + "0", "", "é", text.replacing("-", with: "_")] {
            #expect(BreakGlassCode(typed: slip, check: check) == nil)
        }
        for place in text.indices where text[place] != "-" {
            var changed = text
            changed.replaceSubrange(place...place, with: text[place] == "7" ? "8" : "7")
            #expect(BreakGlassCode(typed: changed, check: check) == nil)
        }
        #expect(BreakGlassCode(Secret([1])) == nil)
    }
}

extension ListSessions.Outcome {
    fileprivate var sessions: [PlacedSession] {
        switch self {
        case .page(let sessions, _, _): sessions
        case .noSuchUser: []
        }
    }
}
