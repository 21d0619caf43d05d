import Domain
import Flows
import HTTP
import Storage
import TestSupport
import Testing

@testable import API

@Suite("API keys over HTTP") struct APIKeyGoldenTests {
    @Test(arguments: Backend.available)
    func `administrators make, list, rotate and revoke keys`(_ backend: Backend) async throws {
        try await withAPI(backend) { api in
            let path = "/api/admin/api-keys"
            let token = try await api.world.signUp().accessToken
            _ = try await api.world.useCases.createPermission(
                resource: "messages", action: "read", name: nil, description: "", in: .standard, by: .commandLine)
            let wish = #"{"name":"backup","permissions":["messages:read"],"networks":["192.0.2.0/24"]}"#
            try await api.send("Not an administrator", .post, path, wish, token: token)
            try await api.world.grant(role: "admin", to: "maria")
            let made = try await api.send("Make one", .post, path, wish, token: token)
            let first = try api.member("key", of: made)
            let id = try #require(
                try await api.world.useCases.listAPIKeys(in: .standard, after: nil, limit: 1).keys.first?.id)
            try await api.send("The name is taken", .post, path, wish, token: token)
            try await api.send(
                "Every value is refused", .post, path,
                #"{"name":"-","permissions":["x","no:such"],"networks":["10.0.0.1/8"],"expires_at":"2020-01-01T00:00:00.000Z"}"#,
                token: token)
            try await api.send(
                "One has the wrong type, the others are refused", .post, path,
                #"{"name":7,"permissions":["x"],"expires_at":"2020-01-01T00:00:00.000Z"}"#, token: token)
            try await api.send("Everything is missing", .post, path, "{}", token: token)
            try await api.send(
                "A program is no administrator", .get, path, fields: [("X-Service-Api-Key", first)])
            try await api.send("The list", .get, path, token: token)
            let rotated = try await api.send("Another text", .post, "\(path)/\(id)/rotate", token: token)
            #expect(try api.member("key", of: rotated) != first)
            try await api.send(
                "Another one, without an overlap", .post, "\(path)/\(id)/rotate", #"{"overlap_seconds":0}"#,
                token: token)
            try await api.send(
                "An overlap that is too long", .post, "\(path)/\(id)/rotate", #"{"overlap_seconds":7776001}"#,
                token: token)
            try await api.send("The text before is refused", .get, path, fields: [("X-Service-Api-Key", first)])
            try await api.send("Revoke it", .delete, "\(path)/\(id)", token: token)
            try await api.send("Once more changes nothing", .delete, "\(path)/\(id)", token: token)
            try await api.send("A revoked key stays revoked", .post, "\(path)/\(id)/rotate", token: token)
            let unknown = ID<APIKey>(high: 1 << 60, low: 1)
            for target in ["\(path)/\(unknown)", "\(path)/nonsense"] {
                #expect(try await api.send("No such key", .delete, target, token: token).status == 404)
            }
            try await api.send("A page that is too long", .get, "\(path)?limit=201", token: token)
            #expect(Golden.difference(api.transcript, "api-keys") == nil)
        }
    }
}
