import Domain
import Standards
import Storage
import TestSupport
import Testing

@testable import Flows

@Suite("Roles that follow from attributes") struct ProfileRoleTests {
    @Test(arguments: Backend.available)
    func `a role comes and goes with the attribute, from the next request on`(_ backend: Backend) async throws {
        try await withWorld(backend) { world in
            try await world.profiles()
            let tokens = try await world.signUp()
            #expect(try await world.whoIs(tokens.accessToken).get().grants.roles == ["user"])
            _ = try await world.change(["oab": "123456"])
            #expect(try await world.whoIs(tokens.accessToken).get().grants.roles == ["advogado", "user"])
            _ = try await world.change(["oab": "123457"])
            #expect(try await world.roles() == ["advogado", "user"])
            _ = try await world.change(["oab": .null])
            #expect(try await world.whoIs(tokens.accessToken).get().grants.roles == ["user"])
            let told = try await world.events(count: 2) { $0.this["by_rule"] == true }
                .map { "\($0.did) \($0.this["role"]?.string ?? "")" }
            #expect(told == ["grant_role advogado", "revoke_role advogado"])
        }
    }

    @Test(arguments: Backend.available)
    func `what somebody gave by hand, no rule takes`(_ backend: Backend) async throws {
        try await withWorld(backend) { world in
            try await world.profiles()
            _ = try await world.signUp("maria")
            _ = try await world.signUp("rui")
            // Before the rule, and after it.
            try await world.grant(role: "advogado", to: "maria")
            for user in ["maria", "rui"] { _ = try await world.change(user, ["oab": "123456"]) }
            try await world.grant(role: "advogado", to: "rui")
            for user in ["maria", "rui"] {
                _ = try await world.change(user, ["oab": .null])
                #expect(try await world.roles(user) == ["advogado", "user"])
            }
        }
    }

    @Test(arguments: Backend.available)
    func `an owner moves only roles that rules leave to owners`(_ backend: Backend) async throws {
        try await withWorld(backend) { world in
            try await world.profiles()
            let owner = try await world.owner(try await world.signUp())
            #expect(try await world.change(["area": "civil"], by: owner) == "version 1")
            #expect(try await world.roles() == ["civilista", "user"])
            #expect(
                try await world.change(["oab": "123456", "area": "penal"], by: owner)
                    == "attributes.oab above_own_rank")
            #expect(try await world.roles() == ["civilista", "user"])
            #expect(try await world.profile().version == 1)
            // Nor does he take what an administrator's entry gave.
            _ = try await world.change(["oab": "123456"])
            #expect(try await world.change(["oab": .null], by: owner) == "attributes.oab above_own_rank")
            // What moves no role is his.
            #expect(try await world.change(["oab": "654321", "area": "penal"], by: owner) == "version 3")
            #expect(try await world.roles() == ["advogado", "user"])
        }
    }

    @Test(arguments: Backend.available)
    func `nobody gives through a rule what he does not hold himself`(_ backend: Backend) async throws {
        try await withWorld(backend) { world in
            let clerk = try await world.clerk(holding: ["mail:read"])
            for action in ["send"] {
                _ = try await world.useCases.createPermission(
                    resource: "mail", action: action, name: nil, description: "", in: .standard, by: .commandLine)
            }
            let rules: JSON = [
                "attributes": [
                    ["name": "a", "type": "boolean", "write": ["application"]],
                    ["name": "b", "type": "boolean", "write": ["application"]],
                    ["name": "c", "type": "boolean", "write": ["application"]],
                ],
                "assignments": [
                    ["attribute": "a", "equals": true, "role": "reader"],
                    ["attribute": "b", "equals": true, "role": "sender"],
                    ["attribute": "c", "equals": true, "role": "admin"],
                ],
            ]
            try await world.profiles(
                rules,
                roles: [
                    ["name": "reader", "permissions": ["mail:read"]],
                    ["name": "sender", "permissions": ["mail:read", "mail:send"]], ["name": "admin"],
                ])
            _ = try await world.signUp()
            #expect(try await world.change(["a": true], by: clerk) == "version 1")
            #expect(try await world.roles() == ["reader", "user"])
            #expect(try await world.change(["b": true, "a": false], by: clerk) == "attributes.b above_own_rank")
            #expect(try await world.change(["c": true], by: clerk) == "attributes.c above_own_rank")
            #expect(try await world.roles() == ["reader", "user"])
            #expect(try await world.profile().version == 1)
        }
    }

    @Test(arguments: Backend.available)
    func `no rule takes the last administrator`(_ backend: Backend) async throws {
        try await withWorld(backend) { world in
            let attributes: JSON = [["name": "chief", "type": "boolean", "write": ["admin"]]]
            let rule: JSON = ["attribute": "chief", "equals": true, "role": "admin"]
            try await world.profiles(["attributes": attributes, "assignments": [rule]], roles: [["name": "admin"]])
            for user in ["maria", "rui"] {
                _ = try await world.signUp(user)
                #expect(try await world.change(user, ["chief": true]) == "version 1")
            }
            #expect(try await world.change("maria", ["chief": false]) == "version 2")
            #expect(try await world.roles("maria") == ["user"])
            for end in [JSON.bool(false), .null] {
                #expect(try await world.change("rui", ["chief": end]) == "last administrator")
            }
            #expect(try await world.profile("rui").version == 1)
            // Nor does the end of the rule, which takes the role from everybody else who had it by the rule.
            #expect(try await world.change("maria", ["chief": true]) == "version 3")
            try await world.profiles(["attributes": attributes], roles: [["name": "admin"]])
            let left = try await [world.roles("maria"), world.roles("rui")].filter { $0.contains("admin") }
            #expect(left.count == 1)
        }
    }
}
