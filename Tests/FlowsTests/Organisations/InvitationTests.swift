import Domain
import HTTP
import Storage
import TestSupport
import Testing

@testable import Flows

@Suite("Invitations into an organisation") struct InvitationTests {
    static let notGood = "proof(Flows.ProofRefusal.notGood)"

    @Test(arguments: Backend.available)
    func `somebody without an account makes one, and is a member and in the groups at once`(
        _ backend: Backend
    ) async throws {
        var rules = World.settings().rules
        rules.hasSignUp = false
        try await withWorld(backend) { open in
            let maria = try await open.signUp()
            let boss = try await open.member(maria, .admin)
            try await open.group("sellers", of: "acme", holding: ["orders:read"])
            #expect(try await open.invite("Rui@example.org", by: boss, groups: ["sellers"]).isSent)
            let letter = try await open.letter("join_organisation", to: "Rui@example.org")
            #expect(letter.text.utf8.holds("Acme & Sons".utf8) && letter.html.utf8.holds("Acme &amp; Sons".utf8))
            // Strangers cannot sign up there, and who is invited can all the same.
            let closed = Realm(name: open.realm.name, issuer: open.realm.issuer, rules: rules)
            let weak = try await open.organisations.join(
                token: letter.token ?? "", JoinByInvitation.Input(username: nil, password: Secret(utf8: "short")),
                in: closed, from: World.source)
            guard case .refused(.invalid) = weak else {
                Issue.record("\(weak)")
                return
            }
            let made = try await open.organisations.join(
                token: letter.token ?? "",
                JoinByInvitation.Input(username: nil, password: Secret(utf8: World.another)), in: closed,
                from: World.source)
            #expect(made.word == "Rui")
            #expect(try await open.join(letter).word == Self.notGood)
            let user = try await open.user("rui")
            #expect(user.emailVerifiedAt != nil && user.email.text == "Rui@example.org")
            #expect(try await open.role("rui") == .member)
            guard case .signedIn(let rui) = try await open.signIn("rui", password: World.another) else {
                Issue.record("cannot sign in")
                return
            }
            let grants = try await open.grants(rui)
            #expect(grants.groups == ["sellers"] && grants.hasPermission("orders:read"))
            #expect(grants.roles == ["user"])
        }
    }

    @Test(arguments: Backend.available)
    func `somebody with an account accepts with the address that they have proven, and nobody else`(
        _ backend: Backend
    ) async throws {
        try await withWorld(backend) { world in
            let (maria, rui, eva) = (
                try await world.signUp(), try await world.signUp("rui"), try await world.signUp("eva")
            )
            let boss = try await world.member(maria, .admin)
            let known = try await world.invite("rui@example.com", by: boss, role: .admin)
            let unknown = try await world.invite("stranger@example.com", by: boss)
            #expect(known.isSent && unknown.isSent)
            let letter = try await world.letter("join_organisation", to: "rui@example.com")
            #expect(try await world.join(letter).word == "hasAccount")
            let invited = try await world.person(rui)
            try await world.prove(eva)
            #expect(try await world.accept(letter, by: try await world.person(eva)).word == "otherAddress")
            #expect(try await world.accept(letter, by: invited).word == "addressNotProven")
            try await world.prove(rui)
            #expect(try await world.accept(letter, by: invited).word == "admin")
            #expect(try await world.accept(letter, by: invited).word == Self.notGood)
            #expect(try await world.role("rui") == .admin)
            // An invitation makes nobody less than they are.
            #expect(try await world.invite("rui@example.com", by: boss).isSent)
            let again = try await world.letter("join_organisation", to: "rui@example.com")
            #expect(try await world.accept(again, by: invited).word == "admin")
        }
    }

    @Test(arguments: Backend.available)
    func `of two who take the same invitation up, one does`(_ backend: Backend) async throws {
        try await withWorld(backend) { world in
            let maria = try await world.signUp()
            let boss = try await world.member(maria, .admin)
            _ = try await world.invite("rui@example.org", by: boss)
            let letter = try await world.letter("join_organisation")
            let words = try await withThrowingTaskGroup(of: String.self) { group in
                for number in 0..<6 {
                    group.addTask { try await world.join(letter, as: "rui\(number)").word }
                }
                return try await group.reduce(into: [String]()) { $0.append($1) }
            }
            #expect(words.filter { $0.utf8.starts(with: "rui".utf8) }.count == 1, "\(words)")
            #expect(words.filter { $0 == Self.notGood || $0 == "hasAccount" || $0 == "taken" }.count == 5, "\(words)")

            let eva = try await world.signUp("eva")
            try await world.prove(eva)
            let actor = try await world.person(eva)
            _ = try await world.invite("eva@example.com", by: boss)
            let other = try await world.letter("join_organisation")
            let accepted = try await withThrowingTaskGroup(of: String.self) { group in
                for _ in 0..<6 { group.addTask { try await world.accept(other, by: actor).word } }
                return try await group.reduce(into: [String]()) { $0.append($1) }
            }
            #expect(accepted.filter { $0 == "member" }.count == 1, "\(accepted)")
        }
    }

    @Test(arguments: Backend.available)
    func `a newer one, a withdrawal, time and another realm end it`(_ backend: Backend) async throws {
        try await withWorld(backend) { world in
            let maria = try await world.signUp()
            let boss = try await world.member(maria, .admin)
            _ = try await world.invite("rui@example.org", by: boss)
            let first = try await world.letter("join_organisation")
            _ = try await world.invite("RUI@example.org", by: boss)
            let second = try await world.letter("join_organisation")
            #expect(try await world.join(first).word == Self.notGood)
            guard
                case .page(let page) = try await world.organisations.listInvitations(
                    of: "acme", as: .own(boss), in: world.realm.name, after: nil, limit: 10)
            else { throw World.WorldFault.refused("no list") }
            #expect(page.invitations.map(\.email) == ["RUI@example.org"])
            let other = try await world.organisations.join(
                token: second.token ?? "", JoinByInvitation.Input(username: nil, password: Secret(utf8: World.another)),
                in: World.settings(try #require(RealmName("shop"))), from: World.source)
            #expect(other.word == Self.notGood)
            let id = try #require(page.invitations.first?.invitation.id)
            let withdraw = world.organisations.withdraw
            guard
                case .refused(.noSuchOrganisation) = try await withdraw(
                    id, of: "other", in: world.realm.name, as: .own(boss)),
                case .withdrawn = try await withdraw(id, of: "acme", in: world.realm.name, as: .own(boss)),
                case .refused(.noSuchInvitation) = try await withdraw(
                    id, of: "acme", in: world.realm.name, as: .own(boss))
            else {
                Issue.record("not withdrawn as it should be")
                return
            }
            #expect(try await world.join(second).word == Self.notGood)
        }
    }

    @Test(arguments: Backend.available)
    func `an invitation is worth no more than whoever answers for it`(_ backend: Backend) async throws {
        try await withWorld(backend) { world in
            let (maria, rui) = (try await world.signUp(), try await world.signUp("rui"))
            let boss = try await world.member(maria, .admin)
            let other = try await world.member(rui, .admin)
            _ = try await world.invite("eva@example.org", by: other)
            let letter = try await world.letter("join_organisation")
            let outcome = try await world.organisations.changeMember(
                .member, user: rui.user.id.text, organisation: "acme", in: world.realm.name, as: .own(boss))
            #expect(outcome.word == "true")
            #expect(try await world.invite("ana@example.org", by: other).word == "notItsAdministrator")
            #expect(try await world.join(letter).word == Self.notGood)
            #expect(try await !world.canSignIn("eva", World.another))
            // It is gone for good, also where he comes back.
            _ = try await world.organisations.changeMember(
                .admin, user: rui.user.id.text, organisation: "acme", in: world.realm.name, as: .own(boss))
            #expect(try await world.join(letter).word == Self.notGood)
        }
    }

    @Test(arguments: Backend.available)
    func `an organisation and its administrators invite so often, and one address is written to so often`(
        _ backend: Backend
    ) async throws {
        try await withWorld(backend) { world in
            let maria = try await world.signUp()
            let boss = try await world.member(maria, .admin)
            var words: [String] = []
            for _ in 0..<4 { words.append(try await world.invite("rui@example.org", by: boss).word) }
            #expect(words.prefix(3) == ["sent", "sent", "sent"] && words.last?.utf8.starts(with: "wait".utf8) == true)
            // Outsiders use nothing of it up.
            let eva = try await world.signUp("eva")
            let stranger = try await world.person(eva)
            for _ in 0..<40 {
                #expect(try await world.invite("x@example.org", by: stranger).word == "noSuchOrganisation")
            }
            var sent = 0
            for number in 0..<40 where try await world.invite("p\(number)@example.org", by: boss).isSent { sent += 1 }
            #expect((20...30).contains(sent), "\(sent)")
        }
    }

    @Test(arguments: Backend.available)
    func `an account that waits for its owner is taken up, and keeps its name`(_ backend: Backend) async throws {
        try await withWorld(backend) { world in
            let maria = try await world.signUp()
            let boss = try await world.member(maria, .admin)
            let added = try await world.useCases.accounts.addPerson(
                AddPerson.Input(username: "rui-silva", email: "rui@example.org", language: nil, isInvited: false),
                in: world.realm, by: .commandLine)
            guard case .added(let user, _) = added else { throw World.WorldFault.refused("\(added)") }
            _ = try await world.invite("rui@example.org", by: boss)
            let letter = try await world.letter("join_organisation")
            #expect(try await world.join(letter, as: "other").word == "rui-silva")
            #expect(try await world.user("rui-silva").id == user.id)
            #expect(try await world.role("rui-silva") == .member)
            #expect(try await world.canSignIn("rui-silva", World.another))
        }
    }

    @Test(arguments: Backend.available)
    func `an account that waits is not for whoever has another mailbox of the same key`(_ backend: Backend) async throws
    {
        try await withWorld(backend) { world in
            let maria = try await world.signUp()
            let boss = try await world.member(maria, .admin)
            let added = try await world.useCases.accounts.addPerson(
                AddPerson.Input(username: "rui-silva", email: "rui.silva@example.org", language: nil, isInvited: false),
                in: world.realm, by: .commandLine)
            guard case .added = added else { throw World.WorldFault.refused("\(added)") }
            _ = try await world.invite("rui.\u{17F}ilva@example.org", by: boss)
            let letter = try await world.letter("join_organisation")
            #expect(try await world.join(letter).word == "taken")
            #expect(try await !world.canSignIn("rui-silva", World.another))
            #expect(try await world.role("rui-silva") == nil)
        }
    }
}
