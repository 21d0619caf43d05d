import Concurrency
import Domain
import Flows
import HTTP
import Standards
import Storage
import TestSupport
import Testing

@testable import API

@Suite("Commands over HTTP") struct CommandsRouteTests {
    private static let path = "/api/admin/commands"

    /// Knows `NEED.OUTCOME`, and notes for whom it was carried out.
    private static func commands(_ asked: Lock<[String]>) -> RemoteCommands {
        RemoteCommands { json in
            let parts = (json["command"]?.string ?? "").split(separator: ".").map(String.init)
            let needs: [String: RemoteCommands.Need] = [
                "roles": .permission(AdminRight.rolesRead.pair), "profiles": .permission(.profilesRead),
                "realms": .operators(AdminRight.realmsRead.pair), "machine": .local,
                "erasures": .permission(AdminRight.usersDelete.pair),
            ]
            let outcomes: [String: RemoteCommands.Reply.Outcome] = [
                "done": .done, "missing": .notFound, "invalid": .invalid, "refused": .refused,
                "unavailable": .unavailable,
            ]
            guard parts.count == 2, let need = needs[parts[0]] else { return nil }
            return RemoteCommands.Command(need: need, needsProof: parts[0] == "erasures") {
                (realm, _) throws(StoreFault) in
                asked.withLock { $0.append("\(realm.name) \(parts[1])") }
                guard let outcome = outcomes[parts[1]] else { throw .closed }
                let word = outcome == .done ? "done" : outcome == .unavailable ? "unavailable" : "refused"
                return RemoteCommands.Reply(
                    outcome, message: "What became of it.",
                    json: ["outcome": .string(word), "message": "What became of it.", "result": ["code": "own_code"]])
            }
        }
    }

    private func withCommands(
        _ body: (Conversation, _ asked: Lock<[String]>, _ token: String) async throws -> Void
    ) async throws {
        let asked = Lock<[String]>([])
        let route = CommandsRoute(commands: Self.commands(asked), path: Self.path).route
        try await withAPI(routes: [route]) { api in
            try await body(api, asked, try await api.world.signUp().accessToken)
        }
    }

    @Test func `a command is carried out for whoever holds what it needs, in the realm of the request`() async throws {
        try await withCommands { api, asked, token in
            func send(_ command: String) async throws -> Response {
                try await api.send("", .post, Self.path, #"{"command":"\#(command)","realm":"other"}"#, token: token)
            }
            for command in ["roles.done", "profiles.done"] {
                let answer = try await send(command)
                #expect(answer.status == 403 && answer.code == "permission_required", "\(command)")
            }
            try await api.world.grant(role: "admin", to: "maria")
            for command in ["roles.done", "profiles.done"] {
                let answer = try await send(command)
                #expect(answer.status == 200 && answer.caller != nil, "\(command)")
                #expect(try JSON.parse(answer.body)["error"] == nil)
            }
            // An administrator of a realm learns nothing of the others, and does nothing to the machine.
            #expect(try await send("realms.done").code == "operators_only")
            #expect(try await send("machine.done").code == "local_only")
            // A browser that somebody left open is no proof.
            #expect(try await send("erasures.done").code == "password_required")
            #expect(asked.withLock { $0 } == ["default done", "default done"])
        }
    }

    @Test(
        arguments: [
            ("missing", 404, "nothing_of_that_name"), ("invalid", 422, "command_invalid"),
            ("refused", 409, "command_refused"), ("unavailable", 503, "command_unavailable"),
            ("broken", 503, "temporarily_unavailable"),
        ])
    func `what became of it is the status, and the reply stays whole`(
        _ word: String, _ status: Int, _ code: String
    ) async throws {
        try await withCommands { api, _, token in
            try await api.world.grant(role: "admin", to: "maria")
            let answer = try await api.send("", .post, Self.path, #"{"command":"roles.\#(word)"}"#, token: token)
            #expect(answer.status == status && answer.code == code)
            let json = try JSON.parse(answer.body)
            #expect(json["code"]?.string == code)
            if word == "broken" { return }
            #expect(json["error"] == "What became of it." && json["message"] == "What became of it.")
            #expect(json["result"]?["code"] == "own_code" && json["outcome"]?.string != nil)
        }
    }

    @Test func `what is no command is told apart`() async throws {
        try await withCommands { api, asked, token in
            for (body, code) in [
                ("{", "malformed_json"), ("[]", "validation_error"), (#"{"command":7}"#, "validation_error"),
                (#"{"command":"nothing.done"}"#, "unknown_command"), (#"{"command":""}"#, "unknown_command"),
            ] {
                let answer = try await api.send("", .post, Self.path, body, token: token)
                #expect(answer.status == 400 && answer.code == code, "\(body)")
            }
            let text = try await api.send(
                "", .post, Self.path, "{}", token: token, fields: [("Content-Type", "text/plain")])
            #expect(text.status == 415)
            let long = String(repeating: " ", count: 65_537)
            #expect(try await api.send("", .post, Self.path, long, token: token).status == 413)
            #expect(try await api.send("", .post, Self.path, #"{"command":"roles.done"}"#).status == 401)
            #expect(asked.withLock { $0.isEmpty })
        }
    }

    @Test func `a page that somebody was lured to sends no command`() async throws {
        try await withCommands { api, asked, _ in
            try await api.world.grant(role: "admin", to: "maria")
            guard case .signedIn = try await api.world.signIn() else { return }
            let cookie: (FieldName, String) = ("Cookie", "aldrava_access=nonsense")
            let answer = try await api.send(
                "", .post, Self.path, #"{"command":"roles.done"}"#, fields: [cookie])
            #expect(answer.status == 401 || answer.status == 403)
            #expect(asked.withLock { $0.isEmpty })
        }
    }
}
