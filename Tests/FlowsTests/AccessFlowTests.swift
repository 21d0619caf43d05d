import Domain
import Standards
import Storage
import TestSupport
import Testing

@testable import Flows

@Suite("Who may change what others hold") struct AccessFlowTests {
    /// A world with an administrator, somebody of rank 500 who may do everything else, and a plain person.
    private func withStaff(
        _ backend: Backend, _ body: (World, _ admin: Actor, _ chief: Actor) async throws -> Void
    ) async throws {
        try await withWorld(backend) { world in
            var actors: [Actor] = []
            for name in ["ada", "chico", "maria"] { actors.append(try await world.actor(name)) }
            try await world.grant(role: "admin", to: "ada")
            _ = try await world.useCases.createRole(
                name: "chief", description: "", rank: 500, in: .standard, by: .commandLine)
            for right in AdminRight.allCases where right != .grantsAny {
                let change = GrantChange.permissionToRole(permission: right.rawValue, role: "chief")
                guard
                    case .done = try await world.useCases.changeGrant(
                        change, isGrant: true, in: .standard, by: .commandLine)
                else { throw World.Refused(word: right.rawValue) }
            }
            try await world.grant(role: "chief", to: "chico")
            try await body(world, actors[0], actors[1])
        }
    }

    @Test(arguments: Backend.available)
    func `no deed reaches an account above the rank of whoever does it`(_ backend: Backend) async throws {
        try await withStaff(backend) { world, admin, chief in
            let (flows, realm) = (world.useCases, world.realm)
            for isActive in [true, false] {
                guard
                    case .refused(.aboveOwnRank) = try await flows.setUserActive(
                        isActive, user: "ada", in: realm, by: chief)
                else { throw World.Refused(word: "set active \(isActive)") }
            }
            for until in [nil, world.clock.now + .seconds(3_600)] {
                guard
                    case .refused(.aboveOwnRank) = try await flows.accounts.banUser(
                        until: until, user: "ada", in: realm, by: chief)
                else { throw World.Refused(word: "ban") }
            }
            guard case .refused(.aboveOwnRank) = try await flows.accounts.deleteUser(user: "ada", in: realm, by: chief)
            else { throw World.Refused(word: "delete") }
            guard case .refused(.aboveOwnRank) = try await flows.accounts.startReset(user: "ada", in: realm, by: chief)
            else { throw World.Refused(word: "reset") }
            guard case .refused(.aboveOwnRank) = try await flows.privacy.eraseUser("ada", in: realm, by: chief) else {
                throw World.Refused(word: "erase")
            }
            guard
                case .refused(.deed(.aboveOwnRank)) = try await flows.privacy.exportData.of("ada", in: realm, by: chief)
            else { throw World.Refused(word: "export") }
            guard case .refused(.aboveOwnRank) = try await flows.endSession.all(of: "ada", in: .standard, by: chief)
            else { throw World.Refused(word: "sessions") }
            guard
                case .refused(.aboveOwnRank) = try await flows.defence.unlockUser(user: "ada", in: .standard, by: chief)
            else { throw World.Refused(word: "unlock") }
            for isPromotion in [true, false] {
                guard
                    case .refused(.aboveOwnRank) = try await flows.access.promoteUser(
                        isPromotion, user: "ada", in: .standard, by: chief)
                else { throw World.Refused(word: "promote \(isPromotion)") }
            }
            #expect(try await flows.showUser("ada", in: .standard)?.user.isActive == true)
            // Their own rank is theirs to act on, and what is below.
            guard case .changed = try await flows.setUserActive(false, user: "maria", in: realm, by: chief) else {
                throw World.Refused(word: "maria")
            }
            guard case .changed = try await flows.setUserActive(false, user: "chico", in: realm, by: admin) else {
                throw World.Refused(word: "chico")
            }
        }
    }

    @Test(arguments: Backend.available)
    func `nobody raises themselves, gives what they do not hold, or touches what administration stands on`(
        _ backend: Backend
    ) async throws {
        try await withStaff(backend) { world, admin, chief in
            let flows = world.useCases
            func give(_ change: GrantChange, _ actor: Actor) async throws -> String {
                switch try await flows.changeGrant(change, isGrant: true, in: .standard, by: actor) {
                case .done: "done"
                case .refused(let refusal): refusal.rawValue
                }
            }
            func create(_ name: String, _ rank: Int64, _ actor: Actor) async throws -> String {
                let made = try await flows.createRole(
                    name: name, description: "", rank: rank, in: .standard, by: actor)
                switch made {
                case .created: return "created"
                case .refused(let refusal): return "\(refusal)"
                case .notRepeated: return "not repeated"
                }
            }
            func change(_ role: String, _ input: ChangeRole.Input, _ actor: Actor) async throws -> String {
                switch try await flows.access.changeRole(role, input, in: .standard, by: actor) {
                case .done: "done"
                case .refused(let refusal): "\(refusal)"
                }
            }
            #expect(try await create("boss", 501, chief) == "aboveOwnRank")
            #expect(try await create("clerk", 500, chief) == "created")
            #expect(try await create("god", 901, admin) == "aboveOwnRank")
            #expect(try await change("clerk", ChangeRole.Input(rank: 501), chief) == "aboveOwnRank")
            #expect(try await change("chief", ChangeRole.Input(rank: 900), chief) == "aboveOwnRank")
            #expect(try await change("clerk", ChangeRole.Input(name: "admin"), chief) == "protected")
            #expect(try await change("admin", ChangeRole.Input(name: "root"), admin) == "protected")
            #expect(try await change("admin", ChangeRole.Input(rank: 0), admin) == "protected")
            #expect(try await change("admin", ChangeRole.Input(description: "All of it"), admin) == "done")
            #expect(try await change("clerk", ChangeRole.Input(name: "chief"), chief) == #"exists("chief")"#)
            guard case .refused(.protected) = try await flows.deleteRole("admin", force: true, in: .standard, by: admin)
            else { throw World.Refused(word: "admin was deleted") }
            guard
                case .refused(.lastAdministrator) = try await flows.deleteRole(
                    "admin", force: true, in: .standard, by: .commandLine)
            else { throw World.Refused(word: "the last administrator's role was deleted") }

            _ = try await flows.createPermission(
                resource: "money", action: "move", name: nil, description: "", in: .standard, by: .commandLine)
            #expect(try await give(.permissionToUser(permission: "money:move", user: "maria"), chief) == "not_held")
            #expect(try await give(.permissionToRole(permission: "money:move", role: "chief"), chief) == "not_held")
            #expect(try await give(.roleToUser(role: "admin", user: "chico"), chief) == "above_own_rank")
            #expect(
                try await give(.permissionToUser(permission: "aldrava.grants:any", user: "chico"), chief) == "not_held")
            #expect(try await give(.permissionToUser(permission: "aldrava.users:read", user: "maria"), chief) == "done")
            // A role that gives what one does not hold is not given either, also where it is not above one.
            #expect(try await give(.permissionToRole(permission: "money:move", role: "clerk"), admin) == "done")
            #expect(try await give(.roleToUser(role: "clerk", user: "maria"), chief) == "not_held")
            #expect(try await give(GrantChange(.role("clerk"), to: .role("chief")), chief) == "not_held")
            // Nor by a name that every new user's role has, or that a rule gives.
            #expect(try await change("clerk", ChangeRole.Input(name: "everybody"), chief) == "notHeld")
            #expect(try await give(GrantChange(.role("chief"), to: .role("clerk")), admin) == "done")
            #expect(try await give(GrantChange(.role("clerk"), to: .role("chief")), admin) == "cycle")

            // A name is no way to a permission: it must not look like another one's pair.
            for name in ["aldrava.users:delete", "money:burn", "aldrava.users"] {
                let made = try await flows.createPermission(
                    resource: "toys", action: "see", name: name, description: "", in: .standard, by: chief)
                if name.contains(":") {
                    guard case .refused(.invalid) = made else { throw World.Refused(word: "\(name)") }
                }
            }
            guard
                case .refused(.invalid(let problems)) = try await flows.createPermission(
                    resource: "aldrava.users", action: "fly", name: nil, description: "", in: .standard, by: admin)
            else { throw World.Refused(word: "reserved") }
            #expect(problems.map(\.code) == ["reserved_resource"])
            guard
                case .refused(.notHeld) = try await flows.access.changePermission(
                    "money:move", ChangePermission.Input(name: "cash"), in: .standard, by: chief)
            else { throw World.Refused(word: "renamed") }
            guard
                case .refused(.notHeld) = try await flows.access.deletePermission(
                    "money:move", in: .standard, by: chief)
            else { throw World.Refused(word: "deleted") }
            guard
                case .deleted = try await flows.access.deletePermission("money:move", in: .standard, by: admin)
            else { throw World.Refused(word: "not deleted") }
        }
    }

    @Test(arguments: Backend.available)
    func `a key is made and renewed only by who holds what it holds`(_ backend: Backend) async throws {
        try await withStaff(backend) { world, admin, chief in
            let flows = world.useCases
            _ = try await flows.createPermission(
                resource: "money", action: "*", name: nil, description: "", in: .standard, by: .commandLine)
            func create(_ name: String, _ permissions: [String], _ actor: Actor) async throws -> CreateAPIKey.Outcome {
                let input = CreateAPIKey.Input(name: name, permissions: permissions, networks: [], expires: .never)
                return try await flows.createAPIKey(input, in: .standard, by: actor)
            }
            guard case .refused(.notHeld) = try await create("a", ["money:*"], chief),
                case .refused(.notHeld) = try await create("a", ["aldrava.grants:any"], chief),
                case .created = try await create("a", ["aldrava.users:read"], chief),
                case .created(let text, let key) = try await create("b", ["money:*", "aldrava.users:*"], admin)
            else { throw World.Refused(word: "made by who must not, or not made") }
            guard case .notHeld = try await flows.rotateAPIKey(key.id, in: .standard, by: chief) else {
                throw World.Refused(word: "renewed")
            }
            // A key can be given roles, and what it holds ends.
            _ = try await flows.changeGrant(
                GrantChange(.role("chief"), to: .key("b")), isGrant: true, in: .standard, by: .commandLine)
            let credentials = Credentials(apiKey: Array(text.utf8)[...])
            guard case .authenticated(let result) = try await flows.authenticate(credentials, in: world.realm) else {
                throw World.Refused(word: "refused")
            }
            #expect(result.grants.hasRole("chief") && result.grants.hasPermission("money:print"))
            #expect(result.grants.has(.usersDelete) && result.grants.rank == 500)
            guard
                case .answers(let answers, "b", _) = try await flows.access.explain(
                    [
                        .permission("money:print", instance: nil), .role("admin"),
                        .permission("toys:see", instance: nil),
                    ],
                    about: .key("b"), in: .standard)
            else { throw World.Refused(word: "not explained") }
            #expect(answers.map(\.isAllowed) == [true, false, false])
            #expect(answers.map(\.absence) == [nil, .notGiven, .noSuchPermission])
        }
    }

    @Test(arguments: Backend.available)
    func `fifty who edit one role at once lose nothing`(_ backend: Backend) async throws {
        try await withStaff(backend) { world, admin, _ in
            let flows = world.useCases
            _ = try await flows.createRole(name: "notes", description: "", in: .standard, by: .commandLine)
            try await withThrowingTaskGroup(of: Void.self) { group in
                for number in 0..<50 {
                    group.addTask {
                        while true {
                            let seen = try #require(try await flows.listAccess.role("notes", in: .standard)).role
                            let outcome = try await flows.access.changeRole(
                                "notes", ChangeRole.Input(description: "\(seen.description) \(number)"),
                                ifVersion: seen.editVersion, in: .standard, by: admin)
                            switch outcome {
                            case .done: return
                            case .refused(.changedMeanwhile(let problems)):
                                #expect(problems.map(\.field) == ["description"])
                            case .refused(let refusal): throw World.Refused(word: "\(refusal)")
                            }
                        }
                    }
                }
                try await group.waitForAll()
            }
            let role = try #require(try await flows.listAccess.role("notes", in: .standard)).role
            #expect(Set(role.description.split(separator: " ").map(String.init)) == Set((0..<50).map { "\($0)" }))
            #expect(role.version == 51)
        }
    }

    /// What takes somebody's administration away, done by somebody else who has it.
    enum Fall: CaseIterable, Sendable { case disable, ban, delete, demote, erase }

    @Test(arguments: Backend.available, Fall.allCases)
    func `of two administrators who end each other at once, one stays`(
        _ backend: Backend, _ fall: Fall
    ) async throws {
        try await withWorld(backend) { world in
            for round in 0..<4 {
                let names = ["ana\(round)", "bia\(round)"]
                var actors: [Actor] = []
                for name in names {
                    actors.append(try await world.actor(name))
                    try await world.grant(role: "admin", to: name)
                }
                // Those of the round before are administrators no more.
                if round > 0 {
                    for name in ["ana\(round - 1)", "bia\(round - 1)"] {
                        _ = try await world.useCases.access.promoteUser(
                            false, user: name, in: .standard, by: .commandLine)
                    }
                }
                let pair = actors
                try await withThrowingTaskGroup(of: Bool.self) { group in
                    group.addTask { try await world.end(names[1], fall, by: pair[0]) }
                    group.addTask { try await world.end(names[0], fall, by: pair[1]) }
                    var done = 0
                    for try await isDone in group where isDone { done += 1 }
                    #expect(done <= 1)
                }
                let left = try await world.store.read { (reader) throws(StoreFault) in
                    try reader.administratorCount(realm: .standard, besides: nil)
                }
                #expect(left == 1)
            }
        }
    }

    @Test(arguments: Backend.available)
    func `the last administrator stays one, also by their own wish`(_ backend: Backend) async throws {
        try await withStaff(backend) { world, admin, _ in
            let (flows, realm) = (world.useCases, world.realm)
            for fall in Fall.allCases { #expect(try await !world.end("ada", fall, by: .commandLine), "\(fall)") }
            guard
                case .refused(.lastAdministrator) = try await flows.access.promoteUser(
                    false, user: "ada", in: .standard, by: admin)
            else { throw World.Refused(word: "demoted") }
            guard case .signedIn(let tokens) = try await world.signIn("ada") else {
                throw World.Refused(word: "no sign-in")
            }
            let principal = try await world.whoIs(tokens.accessToken).get()
            let secret = Secret(utf8: "correct horse battery")
            guard
                case .lastAdministrator = try await flows.accounts.deactivate(
                    current: secret, of: principal, provenBy: .bearer, in: realm, from: World.source),
                case .lastAdministrator = try await flows.accounts.deleteOwn(
                    current: secret, of: principal, provenBy: .bearer, in: realm, from: World.source)
            else { throw World.Refused(word: "ended") }
            // Promotion changes something once; then the first one may go.
            for isFirst in [true, false] {
                guard
                    case .done(_, let changed, true) = try await flows.access.promoteUser(
                        true, user: "maria", in: .standard, by: admin)
                else { throw World.Refused(word: "not promoted") }
                #expect(changed == isFirst)
            }
            guard
                case .done(_, true, false) = try await flows.access.promoteUser(
                    false, user: "ada", in: .standard, by: admin)
            else { throw World.Refused(word: "not demoted") }
            #expect(try await world.whoIs(tokens.accessToken).get().grants.hasRole("admin") == false)
        }
    }

    @Test func `what ends by itself ends in a warm session, a warm key, and what a refresh tells`() async throws {
        try await withStaff(.sqlite) { world, _, _ in
            let flows = world.useCases
            let (text, _) = try await world.key("timed")
            let end = world.clock.now + .seconds(60)
            for holder in [HolderName.user("maria"), .key("timed")] {
                guard
                    case .done = try await flows.changeGrant(
                        GrantChange(.role("chief"), to: holder, until: end), isGrant: true, in: .standard,
                        by: .commandLine)
                else { throw World.Refused(word: "not given") }
            }
            guard case .signedIn(let tokens) = try await world.signIn("maria") else { throw World.Refused(word: "no") }
            let credentials = Credentials(apiKey: Array(text.utf8)[...])
            func keyHolds() async throws -> Bool {
                guard case .authenticated(let result) = try await flows.authenticate(credentials, in: world.realm)
                else {
                    return false
                }
                return result.grants.hasRole("chief")
            }
            // A token ends on a whole second.
            for milliseconds in [0, 58_000] {
                world.clock.advance(by: .milliseconds(milliseconds))
                #expect(try await world.whoIs(tokens.accessToken).get().grants.hasRole("chief"))
                #expect(try await keyHolds())
            }
            guard case .issued(let before) = try await world.refresh(tokens.refreshToken) else {
                throw World.Refused(word: "not refreshed")
            }
            #expect(Self.roles(in: before.accessToken).contains("chief"))
            world.clock.advance(by: .milliseconds(2_000))
            // The token says what was held, so it ended with that; the session goes on.
            await #expect(throws: World.Refused(word: "token_expired")) {
                _ = try await world.whoIs(before.accessToken).get()
            }
            #expect(try await !keyHolds())
            guard case .issued(let after) = try await world.refresh(before.refreshToken) else {
                throw World.Refused(word: "not refreshed")
            }
            #expect(try await !world.whoIs(after.accessToken).get().grants.hasRole("chief"))
            #expect(!Self.roles(in: after.accessToken).contains("chief"))
            guard
                case .answers(let answers, _, _) = try await flows.access.explain(
                    [.role("chief")], about: .user("maria"), in: .standard)
            else { throw World.Refused(word: "not explained") }
            #expect(answers[0].ways.map(\.outcome) == [.expired])
            #expect(answers[0].sentences(about: "maria").count == 2)
        }
    }

    private static func roles(in token: String) -> [String] {
        let parts = token.utf8.split(separator: UInt8(ascii: "."))
        guard parts.count == 3, let bytes = Base64URL.decode(parts[1]), let json = try? JSON.parse(bytes) else {
            return []
        }
        return json["roles"]?.array?.compactMap(\.string) ?? []
    }
}

extension World {
    fileprivate func actor(_ name: String) async throws -> Actor {
        Actor(try await whoIs(try await signUp(name).accessToken).get(), provenBy: .bearer, from: Self.source)
    }

    /// Whether it was done; false where nobody would be left, or the actor is no administrator any more.
    fileprivate func end(_ name: String, _ fall: AccessFlowTests.Fall, by actor: Actor) async throws -> Bool {
        switch fall {
        case .disable:
            if case .changed = try await useCases.setUserActive(false, user: name, in: realm, by: actor) {
                true
            } else {
                false
            }
        case .ban:
            if case .changed = try await useCases.accounts.banUser(
                until: clock.now + .seconds(86_400), user: name, in: realm, by: actor)
            {
                true
            } else {
                false
            }
        case .delete:
            if case .scheduled = try await useCases.accounts.deleteUser(user: name, in: realm, by: actor) {
                true
            } else {
                false
            }
        case .demote:
            if case .done = try await useCases.access.promoteUser(false, user: name, in: .standard, by: actor) {
                true
            } else {
                false
            }
        case .erase:
            if case .erased = try await useCases.privacy.eraseUser(name, in: realm, by: actor) { true } else { false }
        }
    }
}
