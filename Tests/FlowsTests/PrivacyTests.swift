import Domain
import HTTP
import Standards
import Storage
import TestSupport
import Testing

@testable import Flows

@Suite("Consents, one's own data, and the end") struct PrivacyTests {
    private static let terms = TermsDocument(
        name: "terms", version: 2, url: "https://shop.example/terms/2", digest: String(repeating: "ab", count: 32),
        isRequired: true)
    private static let news = TermsDocument(name: "newsletter", version: 1)

    private static func realm(_ terms: [TermsDocument] = [news, terms]) -> Realm {
        let plain = World.settings()
        var rules = plain.rules
        rules.privacy.terms = terms
        rules.privacy.backupRetentionDays = 30
        return Realm(name: plain.name, issuer: plain.issuer, rules: rules)
    }

    private static func input(_ consents: [String], _ name: String = "maria") -> SignUp.Input {
        SignUp.Input(
            username: name, email: "\(name)@example.com", password: Secret(utf8: "correct horse battery"),
            consents: consents)
    }

    private static func signUp(_ world: World, _ consents: [String], _ name: String = "maria") async throws -> SignedIn
    {
        let outcome = try await world.useCases.signUp(input(consents, name), in: world.realm, from: World.source)
        guard case .signedUp(let signedIn) = outcome else { throw World.WorldFault.refused("\(outcome)") }
        return signedIn
    }

    private static func actor(_ world: World, _ signedIn: SignedIn) async throws -> Actor {
        Actor(try await world.whoIs(signedIn.accessToken).get(), provenBy: .bearer, from: World.source)
    }

    @Test(arguments: Backend.available)
    func `nobody signs up without what is required, and who does has it proven`(_ backend: Backend) async throws {
        try await withWorld(backend, settings: Self.realm()) { world in
            for (given, code) in [
                ([], "consent_required"), (["newsletter@1"], "consent_required"), (["terms@1"], "no_such_document"),
                (["terms@2", "terms@2"], "repeated"),
            ] as [([String], String)] {
                let outcome = try await world.useCases.signUp(
                    Self.input(given), in: world.realm, from: World.source)
                guard case .refused(.invalid(let problems)) = outcome else {
                    Issue.record("\(given): \(outcome)")
                    continue
                }
                #expect(problems.contains { $0.code == code }, "\(given): \(problems)")
            }
            let maria = try await Self.signUp(world, ["terms@2"])
            let page = try #require(try await world.useCases.privacy.consents.list(of: "maria", in: world.realm))
            #expect(page.needed.isEmpty && page.next == nil)
            let decision = try #require(page.history.first)
            #expect(page.history.count == 1 && decision.document == "terms" && decision.version == 2)
            #expect(decision.isGiven && decision.digest == Self.terms.digest)
            #expect(decision.origin?.address == World.source.address)
            let event = try #require(try await world.audit(count: 3).first { $0.did == "give_consent" })
            #expect(event.id == decision.event && event.who == "maria" && event.status)
            #expect(event.this["document"]?.string == "terms" && event.this["version"]?.integer == 2)
            #expect(event.this["digest"]?.string == Self.terms.digest)
            #expect(event.this["user_id"]?.string == maria.user.id.text)
        }
    }

    @Test(arguments: Backend.available)
    func `consents are given and withdrawn, and saying it twice is as good as once`(_ backend: Backend) async throws {
        try await withWorld(backend, settings: Self.realm()) { world in
            let consents = world.useCases.privacy.consents
            let actor = try await Self.actor(world, try await Self.signUp(world, ["terms@2"]))
            for _ in 0..<2 {
                guard
                    case .decided(let needed) = try await consents.decide(
                        giving: ["newsletter@1"], withdrawing: [], in: world.realm, by: actor)
                else {
                    Issue.record("not given")
                    return
                }
                #expect(needed.isEmpty)
            }
            guard
                case .decided(let needed) = try await consents.decide(
                    giving: [], withdrawing: ["newsletter", "terms"], in: world.realm, by: actor),
                case .refused(.invalid(let problems)) = try await consents.decide(
                    giving: ["terms@1"], withdrawing: ["x"], in: world.realm, by: actor)
            else {
                Issue.record("not withdrawn, or nonsense taken")
                return
            }
            #expect(needed == [Self.terms])
            #expect(problems.map(\.code) == ["no_such_document", "no_such_consent"])
            let page = try #require(try await consents.list(of: "maria", in: world.realm, limit: 3))
            #expect(page.history.map(\.document) == ["terms", "newsletter", "newsletter"])
            #expect(page.history.map(\.isGiven) == [true, true, false])
            #expect(page.current.allSatisfy { !$0.isGiven } && page.current.count == 2)
            let next = try #require(page.next)
            let rest = try #require(try await consents.list(of: "maria", in: world.realm, after: next))
            #expect(rest.history.count == 1 && rest.next == nil)
        }
    }

    @Test(arguments: Backend.available)
    func `a new version of what is required is needed again`(_ backend: Backend) async throws {
        try await withWorld(backend, settings: Self.realm()) { world in
            _ = try await Self.signUp(world, ["terms@2"])
            let next = TermsDocument(name: "terms", version: 3, isRequired: true)
            let page = try await world.useCases.privacy.consents.list(of: "maria", in: Self.realm([next]))
            #expect(page?.needed == [next])
        }
    }

    /// The whole document.
    private static func read(_ outcome: ExportData.Outcome) async throws -> JSON {
        guard case .bundle(let bundle) = outcome else { throw World.WorldFault.refused("\(outcome)") }
        var bytes: [UInt8] = []
        while let piece = await bundle.next() { bytes += piece }
        return try JSON.parse(bytes)
    }

    @Test(arguments: Backend.available)
    func `a person takes everything about themselves, and nothing about others`(_ backend: Backend) async throws {
        try await withWorld(backend, settings: Self.realm()) { world in
            let chief = try await Self.signUp(world, ["terms@2"], "chief")
            let maria = try await Self.signUp(world, ["terms@2"])
            _ = try await world.useCases.endSession.all(
                of: "maria", in: world.realm.name, by: try await Self.actor(world, chief))
            guard case .signedIn(let again) = try await world.signIn() else {
                Issue.record("not signed in")
                return
            }
            _ = try await world.audit(count: 8)
            let principal = try await world.whoIs(again.accessToken).get()
            let actor = try await Self.actor(world, again)
            let json = try await Self.read(
                try await world.useCases.privacy.exportData.own(
                    of: principal, password: nil, in: world.realm, by: actor))
            #expect(json["schema"]?.integer == 1 && json["complete"] == true)
            #expect(json["account"]?["email"]?.string == "maria@example.com")
            #expect(json["account"]?["id"]?.string == maria.user.id.text)
            #expect(json["roles"]?.array == ["user"])
            #expect(json["sessions"]?.array?.count == 2)
            #expect(json["sessions"]?.array?.first?["ip"]?.string == World.source.address)
            #expect(json["consents"]?.array?.first?["document"]?.string == "terms")
            let events = json["events"]?.array ?? []
            #expect(
                events.map { $0["did"]?.string }.prefix(5)
                    == ["create_user", "give_consent", "login", "end_sessions", "login"])
            let ended = try #require(events.first { $0["did"]?.string == "end_sessions" })
            #expect(ended["who"]?.string == "somebody_else")
            #expect(ended["this"]?["subject"]?["username"]?.string == "maria")
            #expect(!json.bytes.holds("chief".utf8) && !json.bytes.holds(chief.user.id.text.utf8))
            #expect(!json.bytes.holds("argon2id$v=19$m=64,t=1,p=1$".utf8))
            let last = try #require(try await world.audit(count: 9).last { $0.did == "export_own_data" })
            #expect(last.who == "maria")
        }
    }

    @Test func `an old sign-in is no proof, and a password is`() async throws {
        try await withWorld(.sqlite, settings: Self.realm([])) { world in
            let maria = try await world.signUp()
            world.clock.advance(by: .seconds(601))
            let refreshed = try await world.signIn()
            guard case .signedIn = refreshed else {
                Issue.record("not signed in")
                return
            }
            let principal = try await world.whoIs(maria.accessToken).get()
            let actor = Actor(principal, provenBy: .bearer, from: World.source)
            let export = world.useCases.privacy.exportData
            guard
                case .refused(.proofNeeded) = try await export.own(
                    of: principal, password: nil, in: world.realm, by: actor),
                case .refused(.wrongPassword) = try await export.own(
                    of: principal, password: Secret(utf8: "wrong"), in: world.realm, by: actor),
                case .bundle = try await export.own(
                    of: principal, password: Secret(utf8: "correct horse battery"), in: world.realm, by: actor)
            else {
                Issue.record("proof does not count as it must")
                return
            }
        }
    }

    @Test func `a document is read in several requests, and a stranger's place is none`() async throws {
        try await withWorld(.sqlite) { world in
            _ = try await world.signUp()
            for _ in 0..<30 { _ = try await world.signIn() }
            guard
                case .bundle(let first) = try await world.useCases.privacy.exportData.of(
                    "maria", in: world.realm, by: .commandLine)
            else {
                Issue.record("no bundle")
                return
            }
            var (bytes, place) = ([UInt8](), first.place)
            while let here = place {
                let next = try #require(
                    world.useCases.privacy.exportData.goOn(of: first.user, in: world.realm, from: here))
                bytes += await next.next() ?? []
                place = next.place
            }
            let json = try JSON.parse(bytes)
            #expect(json["complete"] == true && json["sessions"]?.array?.count == 31)
            #expect(json["events"]?.array?.filter { $0["did"]?.string == "login" }.count == 31)
            let own = try #require(first.place)
            for nonsense in ["", "1", "1x", "1cz", "1h", "1s", "1h.", "1s" + own.dropFirst(2)] {
                #expect(
                    world.useCases.privacy.exportData.goOn(of: first.user, in: world.realm, from: nonsense) == nil)
            }
        }
    }

    @Test(arguments: Backend.available)
    func `who was erased is gone, and every proof still holds`(_ backend: Backend) async throws {
        try await withWorld(backend, settings: Self.realm()) { world in
            let chief = try await Self.signUp(world, ["terms@2"], "chief")
            let maria = try await Self.signUp(world, ["terms@2"])
            _ = try await world.signIn(password: "wrong")
            _ = try await world.whoIs(maria.accessToken).get()
            let before = try await world.audit(count: 7)
            #expect(before.contains { $0.json.bytes.holds("maria".utf8) })
            let erase = world.useCases.privacy.eraseUser
            guard
                case .erased(let report) = try await erase(
                    maria.user.id.text, in: world.realm, by: try await Self.actor(world, chief)),
                case .noSuchUser = try await erase("maria", in: world.realm, by: .commandLine)
            else {
                Issue.record("not erased, or twice")
                return
            }
            #expect(report.user == maria.user.id)
            #expect(report.backupsEnd == report.erasedAt + .seconds(30 * 86_400))
            #expect(report.isOutOfDatabase == (backend == .sqlite))
            guard case .failure(let word) = try await world.whoIs(maria.accessToken),
                case .refused = try await world.refresh(maria.refreshToken),
                case .refused(.invalidCredentials) = try await world.signIn()
            else {
                Issue.record("still there")
                return
            }
            #expect(word.word == "session_over")
            let lines = try await world.audit(count: before.count + 1)
            #expect(lines.count > before.count)
            for line in lines {
                #expect(line.this["forged"] == nil, "\(line.did)")
                #expect(!line.json.bytes.holds("maria".utf8), "\(line.json.text)")
            }
            let event = try #require(lines.first { $0.did == "erase_user" })
            #expect(event.who == "chief" && event.this["target"]?.string == maria.user.id.text)
            #expect(event.this["subject"] == nil)
            #expect(try await world.useCases.privacy.consents.list(of: "maria", in: world.realm) == nil)
            // The name is free, and whoever takes it is somebody else.
            let other = try await Self.signUp(world, ["terms@2"])
            #expect(other.user.id != maria.user.id && other.user.number > maria.user.number)
        }
    }

    @Test(arguments: Backend.available)
    func `what was sent to the address before anybody knew whose it is goes too`(_ backend: Backend) async throws {
        try await withWorld(backend) { world in
            let eva = try await world.signUp("eva")
            _ = try await world.signUp("maria")
            let boss = try await world.member(eva, .admin)
            _ = try await world.invite("MARIA@example.com", by: boss)
            _ = try await world.invite("rui@example.com", by: boss)
            _ = try await world.useCases.privacy.eraseUser("maria", in: world.realm, by: .commandLine)
            let listed = try await world.organisations.listInvitations(
                of: "acme", as: .own(boss), in: world.realm.name, after: nil, limit: 9)
            guard case .page(let page) = listed else { throw World.WorldFault.refused("\(listed)") }
            #expect(page.invitations.map(\.email) == ["rui@example.com"])
            #expect(try await world.letters().map(\.to) == ["rui@example.com"])
        }
    }

    @Test(arguments: Backend.available)
    func `letters and tokens go with the person`(_ backend: Backend) async throws {
        try await withWorld(backend) { world in
            let maria = try await world.signUp()
            let (id, realm) = (maria.user.id, world.realm.name)
            try await world.store.transaction { (tx) throws(StoreFault) in
                try tx.insert(
                    NewMail(
                        id: ID(high: 1, low: 1), realm: realm, subject: id, kind: "reset_password", sealed: [1],
                        life: nil, replacesOlder: false))
                try tx.insert(
                    AccountToken(
                        id: [1], digest: [2], code: [], realm: realm, purpose: .resetPassword, subject: id, user: id,
                        address: [3], binding: [4], data: [], createdAt: tx.now, expiresAt: tx.now), life: .seconds(60),
                    codeLife: .seconds(60))
            }
            let traces = try await world.store.read { (tx) throws(StoreFault) in
                (
                    try tx.mailTraces(of: id, realm: realm, limit: 9).count,
                    try tx.tokenTraces(of: id, realm: realm, limit: 9).count
                )
            }
            #expect(traces == (1, 1))
            _ = try await world.useCases.privacy.eraseUser("maria", in: world.realm, by: .commandLine)
            let left = try await world.store.read { (tx) throws(StoreFault) in
                (
                    try tx.mailTraces(of: id, realm: realm, limit: 9).count,
                    try tx.tokenTraces(of: id, realm: realm, limit: 9).count
                )
            }
            #expect(left == (0, 0))
            #expect(try await world.letters().isEmpty)
        }
    }

    @Test(arguments: Backend.available)
    func `whoever a backup brought back is erased anew`(_ backend: Backend) async throws {
        try await withWorld(backend) { world in
            let maria = try await world.signUp()
            let again = world.useCases.privacy.readErased
            #expect(try await again.eraseAgain(ID(high: 1, low: 2), in: world.realm.name) == false)
            #expect(try await again.eraseAgain(maria.user.id, in: world.realm.name))
            #expect(try await again.eraseAgain(maria.user.id, in: world.realm.name) == false)
            let line = try #require(try await world.audit(count: 3).first { $0.did == "erase_user" })
            #expect(line.confirmedBy == "restored" && line.who == "system")
        }
    }
}
