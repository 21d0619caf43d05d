import Domain
import Standards
import Storage
import TestSupport
import Testing

@testable import Flows

@Suite("Nobody gives for longer than they hold") struct GrantTermTests {
    /// Somebody who is `chief` until an hour from now, holds `staff` for good, and may do what both allow.
    private func withDeputy(
        _ backend: Backend, _ body: (World, _ deputy: Actor, _ end: Timestamp) async throws -> Void
    ) async throws {
        try await withWorld(backend) { world in
            let flows = world.useCases
            let end = world.clock.now + .seconds(3_600)
            let deputy = try await world.signUp("chico")
            _ = try await world.signUp("maria")
            for (resource, action) in [("money", "move"), ("money", "see")] {
                _ = try await flows.createPermission(
                    resource: resource, action: action, name: nil, description: "", in: .standard, by: .commandLine)
            }
            for (role, rank, permissions) in [
                ("chief", 500, ["money:move", "aldrava.users:read"]),
                ("staff", 100, ["money:see", "aldrava.grants:write", "aldrava.users:read"]),
            ] {
                _ = try await flows.createRole(
                    name: role, description: "", rank: Int64(rank), in: .standard, by: .commandLine)
                for permission in permissions {
                    try await world.must(.permissionToRole(permission: permission, role: role))
                }
            }
            try await world.must(GrantChange(.role("chief"), to: .user("chico"), until: end))
            try await world.must(.roleToUser(role: "staff", user: "chico"))
            let actor = Actor(
                try await world.whoIs(deputy.accessToken).get(), provenBy: .bearer, from: World.source)
            try await body(world, actor, end)
        }
    }

    @Test(arguments: Backend.available)
    func `a grant ends with what its giver holds`(_ backend: Backend) async throws {
        try await withDeputy(backend) { world, deputy, end in
            func give(_ held: HeldName, to holder: HolderName, until: Timestamp?) async throws -> String {
                let change = GrantChange(held, to: holder, until: until)
                switch try await world.useCases.changeGrant(change, isGrant: true, in: .standard, by: deputy) {
                case .done: return "done"
                case .refused(let refusal): return refusal.rawValue
                }
            }
            let move = HeldName.permission("money:move", instance: nil)
            let see = HeldName.permission("money:see", instance: nil)
            let one = HeldName.permission("money:move", instance: "money/7")
            for longer in [nil, end + .milliseconds(1)] {
                #expect(try await give(move, to: .user("maria"), until: longer) == "not_held")
                #expect(try await give(one, to: .user("maria"), until: longer) == "not_held")
                #expect(try await give(.role("chief"), to: .user("maria"), until: longer) == "above_own_rank")
                // Nor to oneself.
                #expect(try await give(.role("chief"), to: .user("chico"), until: longer) == "above_own_rank")
                #expect(try await give(move, to: .role("staff"), until: longer) == "not_held")
                #expect(try await give(.role("chief"), to: .role("staff"), until: longer) == "above_own_rank")
            }
            #expect(try await give(see, to: .user("maria"), until: nil) == "done")
            #expect(try await give(.role("staff"), to: .user("maria"), until: nil) == "done")
            for held in [move, one, .role("chief")] {
                #expect(try await give(held, to: .user("maria"), until: end) == "done")
            }
            // Taking lasts as well, but gives nobody anything.
            let taking = GrantChange(.role("chief"), to: .user("maria"))
            guard
                case .done(changed: true) = try await world.useCases.changeGrant(
                    taking, isGrant: false, in: .standard, by: deputy)
            else { throw World.Refused(word: "not taken") }
        }
    }

    /// Some come to hold a role by its name, without anybody giving it to them.
    @Test(arguments: Backend.available)
    func `a rank that is held for a while makes no role of that rank`(_ backend: Backend) async throws {
        try await withDeputy(backend) { world, deputy, _ in
            func create(_ name: String, rank: Int64) async throws -> String {
                switch try await world.useCases.createRole(
                    name: name, description: "", rank: rank, in: .standard, by: deputy)
                {
                case .created: "created"
                case .refused(let refusal): "\(refusal)"
                case .notRepeated(let refusal): "\(refusal)"
                }
            }
            let words = [
                try await create("high", rank: 500), try await create("high", rank: 101),
                try await create("low", rank: 100),
            ]
            #expect(words == ["aboveOwnRank", "aboveOwnRank", "created"])
        }
    }

    @Test(arguments: Backend.available)
    func `a key, a new account, a rank and a name that last come from what lasts`(_ backend: Backend) async throws {
        try await withDeputy(backend) { world, deputy, end in
            let flows = world.useCases
            func create(_ name: String, _ expires: CreateAPIKey.Expiry) async throws -> CreateAPIKey.Outcome {
                let input = CreateAPIKey.Input(
                    name: name, permissions: ["money:move"], networks: [], expires: expires)
                return try await flows.createAPIKey(input, in: .standard, by: deputy)
            }
            guard case .refused(.notHeld) = try await create("a", .never),
                case .refused(.notHeld) = try await create("a", .at(end + .milliseconds(1))),
                case .created(_, let key) = try await create("a", .at(end))
            else { throw World.Refused(word: "made for too long, or not made") }
            guard case .rotated = try await flows.rotateAPIKey(key.id, in: .standard, by: deputy) else {
                throw World.Refused(word: "not renewed")
            }
            func change(_ role: String, _ input: ChangeRole.Input) async throws -> String {
                switch try await flows.access.changeRole(role, input, in: .standard, by: deputy) {
                case .done: "done"
                case .refused(let refusal): "\(refusal)"
                }
            }
            #expect(try await change("staff", ChangeRole.Input(rank: 500)) == "aboveOwnRank")
            #expect(try await change("staff", ChangeRole.Input(rank: 99)) == "done")
            #expect(try await change("chief", ChangeRole.Input(name: "everybody")) == "notHeld")
            #expect(try await change("chief", ChangeRole.Input(description: "For a while")) == "done")
            guard
                case .refused(.notHeld) = try await flows.access.changePermission(
                    "money:move", ChangePermission.Input(name: "cash"), in: .standard, by: deputy),
                case .done = try await flows.access.changePermission(
                    "money:see", ChangePermission.Input(name: "balance"), in: .standard, by: deputy)
            else { throw World.Refused(word: "renamed, or not") }
        }
    }

    @Test(arguments: Backend.available)
    func `an account is neither made with nor taken over by what ends`(_ backend: Backend) async throws {
        try await withDeputy(backend) { world, deputy, _ in
            func add(_ name: String, _ role: String) async throws -> AddUser.Outcome {
                let input = SignUp.Input(
                    username: name, email: "\(name)@example.com", password: Secret(utf8: "correct horse b"))
                return try await world.useCases.addUser(
                    input, roles: [role], createMissingRoles: false, in: world.realm, by: deputy)
            }
            guard case .refused(.mayNotGive("chief")) = try await add("nina", "chief"),
                case .added = try await add("olga", "staff")
            else { throw World.Refused(word: "added, or not") }
            // Whoever gets somebody's letters gets what they hold, and that for good.
            try await world.must(.permissionToUser(permission: "aldrava.audit:read", user: "maria"))
            try await world.must(.permissionToRole(permission: "aldrava.audit:read", role: "chief"))
            var moved = EditUser.Patch()
            moved.email = "chico2@example.com"
            var renamed = EditUser.Patch()
            renamed.username = "mary"
            let edit = world.useCases.administration.editUser
            guard case .refused(.aboveOwnRank) = try await edit(moved, of: "maria", in: world.realm, by: deputy),
                case .done = try await edit(renamed, of: "maria", in: world.realm, by: deputy)
            else { throw World.Refused(word: "moved, or not renamed") }
        }
    }
}

extension World {
    fileprivate func must(_ change: GrantChange) async throws {
        guard case .done = try await useCases.changeGrant(change, isGrant: true, in: realm.name, by: .commandLine)
        else { throw Refused(word: "\(change)") }
    }
}
