import Domain
import Storage
import TestSupport
import Testing

@testable import Flows

@Suite("Organisations") struct OrganisationTests {
    private func change(
        _ role: Organisation.Role?, _ user: SignedIn, by actor: Actor, of name: String = "acme", in world: World
    ) async throws -> String {
        try await world.organisations.changeMember(
            role, user: user.user.id.text, organisation: name, in: world.realm.name, as: .own(actor)
        ).word
    }

    private func put(
        _ user: SignedIn, _ group: String, _ isMember: Bool = true, by actor: Actor, of name: String = "acme",
        in world: World
    ) async throws -> String {
        try await world.organisations.changeOwnGroup(
            user: user.user.id, group: group, isMember: isMember, organisation: name, in: world.realm.name, by: actor
        ).word
    }

    @Test(arguments: Backend.available)
    func `its administrators look after members and groups, and see nothing else`(_ backend: Backend) async throws {
        try await withWorld(backend) { world in
            let (maria, rui, eva) = (
                try await world.signUp(), try await world.signUp("rui"), try await world.signUp("eva")
            )
            let boss = try await world.member(maria, .admin)
            let plain = try await world.member(rui)
            let stranger = try await world.member(eva, .admin, of: "other")
            try await world.group("sellers", of: "acme", holding: ["orders:read"])
            try await world.group("elsewhere")
            // Hers: she does not hold `orders:read`, and may pass it on all the same.
            #expect(try await put(rui, "sellers", by: boss, in: world) == "true")
            #expect(try await put(rui, "sellers", by: boss, in: world) == "false")
            #expect(try await world.grants(rui).hasPermission("orders:read"))
            #expect(try await !world.grants(maria).hasPermission("orders:read"))
            #expect(try await put(eva, "sellers", by: boss, in: world) == "noSuchUser")
            #expect(try await put(rui, "elsewhere", by: boss, in: world) == "noSuchGroup")
            #expect(try await put(rui, "sellers", by: plain, in: world) == "notItsAdministrator")
            #expect(try await put(rui, "sellers", by: stranger, in: world) == "noSuchOrganisation")
            #expect(try await put(rui, "sellers", by: stranger, of: "nowhere", in: world) == "noSuchOrganisation")
            // Nor by the realm's administrators.
            guard case .refused(.notOfOrganisation) = try await world.put(.user("eva"), into: "sellers"),
                case .refused(.notOfOrganisation) = try await world.put(.group("elsewhere"), into: "sellers")
            else {
                Issue.record("a stranger is in an organisation's group")
                return
            }
            #expect(try await change(nil, eva, by: boss, in: world) == "noSuchUser")
            #expect(try await change(.admin, eva, by: boss, in: world) == "noSuchUser")
            #expect(try await change(nil, rui, by: plain, in: world) == "notItsAdministrator")
            #expect(try await change(nil, rui, by: stranger, in: world) == "noSuchOrganisation")
            let list = world.organisations.list
            guard
                case .found(let page) = try await list.members(
                    of: "acme", as: .own(boss), in: world.realm.name, after: nil, limit: 10),
                case .refused(.notItsAdministrator) = try await list.members(
                    of: "acme", as: .own(plain), in: world.realm.name, after: nil, limit: 10),
                case .refused(.noSuchOrganisation) = try await list.members(
                    of: "acme", as: .own(stranger), in: world.realm.name, after: nil, limit: 10)
            else {
                Issue.record("seen by the wrong people")
                return
            }
            #expect(page.members.map(\.username).sorted() == ["maria", "rui"])
            // Who goes, goes from its groups too.
            #expect(try await change(nil, rui, by: boss, in: world) == "true")
            #expect(try await !world.grants(rui).hasPermission("orders:read"))
            #expect(try await list.show("acme", to: rui.user.id, in: world.realm.name) == nil)
        }
    }

    @Test(arguments: Backend.available)
    func `administration of the realm does not pass through an organisation`(_ backend: Backend) async throws {
        try await withWorld(backend) { world in
            let (maria, rui) = (try await world.signUp(), try await world.signUp("rui"))
            let boss = try await world.member(maria, .admin)
            try await world.member(rui)
            try await world.group("auditors", of: "acme", holding: ["aldrava.audit:read"])
            #expect(try await put(rui, "auditors", by: boss, in: world) == "notHeld")
            #expect(try await put(maria, "auditors", by: boss, in: world) == "notHeld")
            #expect(try await world.invite("x@example.org", by: boss, groups: ["auditors"]).word == "notHeld")
            // Whoever has a right over organisations cannot appoint themselves to what they do not hold.
            let eva = try await world.signUp("eva")
            try await world.group("keepers", holding: ["aldrava.organisations:write"])
            _ = try await world.put(.user("eva"), into: "keepers")
            let keeper = try await world.person(eva)
            let own = try await world.organisations.changeMember(
                .admin, user: "eva", organisation: "acme", in: world.realm.name, as: .realm(keeper))
            #expect(own.word == "notHeld")
            let plain = try await world.organisations.changeMember(
                .member, user: "eva", organisation: "acme", in: world.realm.name, as: .realm(keeper))
            #expect(plain.word == "true")
        }
    }

    @Test(arguments: Backend.available)
    func `nobody raises themselves above their rank by one of its groups`(_ backend: Backend) async throws {
        try await withWorld(backend) { world in
            let maria = try await world.signUp()
            let boss = try await world.member(maria, .admin)
            try await world.group("high", of: "acme")
            let role = Role(
                id: ID(at: world.clock.now, random: [UInt8](repeating: 3, count: 10)), realm: world.realm.name,
                name: "chief", description: "", rank: 500, createdAt: world.clock.now)
            _ = try await world.store.transaction { (tx) throws(StoreFault) in try tx.insert(role) }
            _ = try await world.useCases.changeGrant(
                GrantChange(.role("chief"), to: .group("high")), isGrant: true, in: world.realm.name, by: .commandLine)
            #expect(try await put(maria, "high", by: boss, in: world) == "aboveOwnRank")
            // Nor by a letter to their own address.
            try await world.prove(maria)
            _ = try await world.invite(maria.user.email, by: boss, groups: ["high"])
            let letter = try await world.letter("join_organisation")
            let accepted = try await world.accept(letter, by: boss)
            #expect(accepted.word == InvitationTests.notGood)
        }
    }

    @Test(arguments: Backend.available)
    func `the last administrator stays, also of two who go at the same moment`(_ backend: Backend) async throws {
        try await withWorld(backend) { world in
            let (maria, rui) = (try await world.signUp(), try await world.signUp("rui"))
            let first = try await world.member(maria, .admin)
            #expect(try await change(.member, maria, by: first, in: world) == "lastOfOrganisation")
            #expect(
                try await world.organisations.changeMember.leave("acme", in: world.realm.name, by: first).word
                    == "lastOfOrganisation")
            let second = try await world.member(rui, .admin)
            async let one = world.organisations.changeMember.leave("acme", in: world.realm.name, by: first)
            async let other = world.organisations.changeMember.leave("acme", in: world.realm.name, by: second)
            let words = try await [one.word, other.word].sorted()
            #expect(words == ["lastOfOrganisation", "true"])
            let left = [try await world.role("maria"), try await world.role("rui")]
            #expect(left.filter { $0 == .admin }.count == 1)
        }
    }

    @Test(arguments: Backend.available)
    func `an organisation goes with its groups and invitations, and its members stay`(_ backend: Backend) async throws {
        try await withWorld(backend) { world in
            let maria = try await world.signUp()
            let boss = try await world.member(maria, .admin)
            try await world.group("sellers", of: "acme", holding: ["orders:read"])
            #expect(try await put(maria, "sellers", by: boss, in: world) == "true")
            #expect(try await world.invite("x@example.org", by: boss).isSent)
            let letter = try await world.letter("join_organisation")
            #expect(try await world.grants(maria).hasPermission("orders:read"))
            guard case .deleted = try await world.organisations.delete("acme", in: world.realm.name, by: .commandLine)
            else {
                Issue.record("not deleted")
                return
            }
            #expect(try await !world.grants(maria).hasPermission("orders:read"))
            #expect(try await world.join(letter).word == "proof(Flows.ProofRefusal.notGood)")
            #expect(try await world.organisations.listGroups.show("sellers", in: world.realm.name) == nil)
            #expect(try await world.canSignIn())
        }
    }
}
