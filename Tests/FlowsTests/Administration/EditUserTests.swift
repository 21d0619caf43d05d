import Domain
import Standards
import Storage
import TestSupport
import Testing

@testable import Flows

@Suite("Editing users as administrators do") struct EditUserTests {
    @Test(arguments: Backend.available)
    func `names, languages and metadata change, with what they were and are in the log`(_ backend: Backend) async throws
    {
        try await withWorld(backend) { world in
            let maria = try await world.signUp()
            let patch = EditUser.Patch { patch in
                patch.username = "Mary"
                patch.language = .some(.portuguese)
                patch.appMetadata = ["plan": "gold"]
            }
            #expect(try await world.edit("maria", patch) == "version 2")
            #expect(try await world.edit("Mary", patch) == "unchanged 2")
            let user = try #require(await world.useCases.showUser("mary", in: world.realm.name)).user
            #expect(
                user.username.text == "Mary" && user.language == .portuguese && user.appMetadata == #"{"plan":"gold"}"#)
            // Sessions stay, and say the new name.
            #expect(try await world.whoIs(maria.accessToken).get().user.username == "Mary")
            let line = try #require(await world.events("change_user").first)
            #expect(line.this["fields"]?.words == ["username", "language", "app_metadata"])
            #expect(line.this["before"] == nil && line.this["after"] == nil)
            #expect(line.this["subject"]?["before"]?["username"]?.string == "maria")
            #expect(line.this["subject"]?["after"]?["username"]?.string == "Mary")
            #expect(line.this["subject"]?["after"]?["app_metadata"]?["plan"]?.string == "gold")
            #expect(try await world.edit("mary", .init { $0.language = .some(nil) }) == "version 3")
        }
    }

    @Test(arguments: Backend.available)
    func `another address has to be proven, ends sessions, and is undone from the old one if that was proven`(
        _ backend: Backend
    ) async throws {
        try await withWorld(backend) { world in
            let maria = try await world.signUp()
            try await world.store.transaction { (tx) throws(StoreFault) in
                try tx.setEmailVerified(maria.user.id, realm: .standard)
            }
            #expect(try await world.edit("maria", .init { $0.email = "new@example.org" }) == "version 3")
            let user = try #require(await world.useCases.showUser("maria", in: world.realm.name)).user
            #expect(user.email.text == "new@example.org" && user.emailVerifiedAt == nil)
            guard case .failure = try await world.whoIs(maria.accessToken) else {
                Issue.record("a session stays")
                return
            }
            let letters = try await world.letters()
            #expect(
                Set(letters.map { "\($0.kind) \($0.to)" }) == [
                    "email_changed maria@example.com", "verify_email new@example.org",
                ])
            let undo = try #require(letters.first { $0.kind == "email_changed" }?.token)
            guard
                case .undone = try await world.useCases.accounts.undoEmailChange(
                    .link(token: undo), in: world.realm, from: World.source)
            else {
                Issue.record("not undone")
                return
            }
            #expect(
                try await world.useCases.showUser("maria", in: world.realm.name)?.user.email.text == "maria@example.com"
            )
        }
    }

    @Test(arguments: Backend.available)
    func `an address that was never proven gets no letter, because it may be a stranger's`(_ backend: Backend)
        async throws
    {
        try await withWorld(backend) { world in
            _ = try await world.person("rui")
            #expect(try await world.edit("rui", .init { $0.email = "right@example.org" }) == "version 2")
            #expect(try await world.letters().map { "\($0.kind) \($0.to)" } == ["verify_email right@example.org"])
            // Only its letters' case: nothing has to be proven anew.
            #expect(try await world.edit("rui", .init { $0.email = "Right@example.org" }) == "version 3")
            #expect(try await world.letters().isEmpty)
        }
    }

    @Test(arguments: Backend.available)
    func `an edit that comes too late is told what differs`(_ backend: Backend) async throws {
        try await withWorld(backend) { world in
            let seen = UserVersion(try await world.person("rui"))
            #expect(UserVersion(seen.text) == seen)
            _ = try await world.edit("rui", .init { $0.username = "ruy" })
            _ = try await world.useCases.setUserActive(false, user: "ruy", in: world.realm, by: .commandLine)
            let late = try await world.edit("ruy", .init { $0.language = .some(.english) }, ifVersion: seen)
            #expect(late == "meanwhile username active")
            let now = UserVersion(try #require(await world.useCases.showUser("ruy", in: world.realm.name)).user)
            #expect(try await world.edit("ruy", .init { $0.language = .some(.english) }, ifVersion: now) == "version 4")
            for bad in ["", "3", "3.", "x.AAAA", "3.AAAA", "-1." + seen.text.dropFirst(2)] {
                #expect(UserVersion(bad) == nil, "\(bad)")
            }
        }
    }

    @Test(arguments: Backend.available)
    func `of many who edit the same account at once no change is lost`(_ backend: Backend) async throws {
        try await withWorld(backend) { world in
            let rui = try await world.person("rui")
            let seen = UserVersion(rui)
            let outcomes = try await withThrowingTaskGroup(of: String.self) { group in
                for number in 1...20 {
                    group.addTask {
                        try await world.edit(
                            "rui", .init { $0.appMetadata = ["n": .integer(Int64(number))] }, ifVersion: seen)
                    }
                }
                var all: [String] = []
                for try await one in group { all.append(one) }
                return all
            }
            #expect(outcomes.filter { $0 == "version 2" }.count == 1)
            #expect(outcomes.filter { $0 == "meanwhile app_metadata" }.count == 19)
        }
    }

    @Test(arguments: Backend.available)
    func `what is wrong, taken, above one's rank or one's own address is refused`(_ backend: Backend) async throws {
        try await withWorld(backend) { world in
            let maria = try await world.signUp()
            _ = try await world.person("rui")
            let principal = try await world.whoIs(maria.accessToken).get()
            let actor = Actor(principal, provenBy: .bearer, from: World.source)
            func edit(_ user: String, _ patch: EditUser.Patch) async throws -> String {
                try await world.edit(user, patch, by: actor)
            }
            #expect(try await edit("rui", .init { $0.username = "MARIA" }) == "taken")
            #expect(try await edit("rui", .init { $0.email = "maria@example.com" }) == "taken")
            #expect(
                try await edit(
                    "rui",
                    .init {
                        $0.username = " "
                        $0.email = "nobody"
                        $0.userMetadata = ["x": .string(String(repeating: "x", count: 20_000))]
                        $0.appMetadata = "text"
                    })
                    == "username email app_metadata user_metadata")
            #expect(try await edit("maria", .init { $0.email = "own@example.org" }) == "own")
            #expect(try await edit("nobody", .init { $0.username = "x" }) == "nobody")
            try await world.grant(role: Role.adminName, to: "rui")
            #expect(try await edit("rui", .init { $0.email = "x@example.org" }) == "above")
            #expect(try await world.audit(count: 5).contains { $0.did == "change_user" } == false)
        }
    }

    @Test(arguments: Backend.available)
    func `an administrator proves once more who they are, and a program does not`(_ backend: Backend) async throws {
        try await withWorld(backend) { world in
            let maria = try await world.signUp()
            let principal = try await world.whoIs(maria.accessToken).get()
            let person = AuthResult(principal, by: .bearer)
            let prove = world.useCases.administration.proveAdministrator
            #expect(try await prove(person, password: nil, in: world.realm, from: World.source) == nil)
            world.clock.advance(by: world.realm.rules.accounts.freshSignIn + .seconds(1))
            let wrong = try await prove(
                person, password: Secret(utf8: "no"), in: world.realm, from: World.source)
            guard case .wrongPassword? = wrong else {
                Issue.record("believed")
                return
            }
            #expect(
                try await prove(
                    person, password: Secret(utf8: "correct horse battery"), in: world.realm, from: World.source) == nil
            )
        }
    }
}

extension EditUser.Patch {
    fileprivate init(_ change: (inout EditUser.Patch) -> Void) {
        self.init()
        change(&self)
    }
}

extension World {
    fileprivate func edit(
        _ user: String, _ patch: EditUser.Patch, ifVersion version: UserVersion? = nil, by actor: Actor = .commandLine
    ) async throws -> String {
        switch try await useCases.administration.editUser(
            patch, of: user, in: realm, ifVersion: version, by: actor)
        {
        case .done(let user, _, let isChanged): "\(isChanged ? "version" : "unchanged") \(user.version)"
        case .refused(.noSuchUser): "nobody"
        case .refused(.invalid(let problems)): problems.map(\.field).joined(separator: " ")
        case .refused(.taken): "taken"
        case .refused(.ownAccount): "own"
        case .refused(.aboveOwnRank): "above"
        case .refused(.changedMeanwhile(let fields)): (["meanwhile"] + fields).joined(separator: " ")
        }
    }
}
