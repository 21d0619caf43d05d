import Domain
import Standards
import Storage
import TestSupport
import Testing

@testable import Flows

@Suite("Requests that may be sent twice") struct OnceOnlyTests {
    @Test(arguments: Backend.available)
    func `a user is made once, whoever else asks with another key or another body`(_ backend: Backend) async throws {
        try await withWorld(backend) { world in
            let caller = try await world.caller()
            func add(_ name: String, _ key: String?) async throws -> String {
                let request = key.map {
                    RepeatableRequest(key: $0, operation: "create_user", body: name, by: caller)
                }
                let outcome = try await world.useCases.accounts.addPerson(
                    AddPerson.Input(username: name, email: "\(name)@example.com", language: nil, isInvited: false),
                    in: world.realm, by: .commandLine, once: request)
                return switch outcome {
                case .added(let user, _): user.id.text
                case .refused(.taken): "taken"
                case .refused(.notRepeated(.keyReused)): "reused"
                case .refused(.notRepeated(.gone)): "gone"
                case .refused: "refused"
                }
            }
            let rui = try await add("rui", "k1")
            #expect(try await add("rui", "k1") == rui)
            #expect(try await add("rui", "k2") == "taken")
            // A refusal is not remembered.
            #expect(try await add("ana", "k2") != "reused")
            #expect(try await add("bela", "k1") == "reused")
            #expect(try await add("rui", nil) == "taken")
            #expect(try await world.events("create_user", count: 3).count == 3)
            _ = try await world.useCases.privacy.eraseUser("rui", in: world.realm, by: .commandLine)
            #expect(try await add("rui", "k1") == "gone")
        }
    }

    @Test(arguments: Backend.available)
    func `of many equal requests at once one makes something, and all get it`(_ backend: Backend) async throws {
        try await withWorld(backend) { world in
            let caller = try await world.caller()
            let ids = try await withThrowingTaskGroup(of: String.self) { group in
                for _ in 1...8 {
                    group.addTask {
                        let outcome = try await world.useCases.accounts.addPerson(
                            AddPerson.Input(
                                username: "rui", email: "rui@example.com", language: nil, isInvited: false),
                            in: world.realm, by: .commandLine,
                            once: RepeatableRequest(key: "same", operation: "create_user", body: "{}", by: caller))
                        guard case .added(let user, _) = outcome else { return "\(outcome)" }
                        return user.id.text
                    }
                }
                var all: [String] = []
                for try await one in group { all.append(one) }
                return all
            }
            #expect(ids.count == 8 && Set(ids).count == 1)
        }
    }

    @Test(arguments: Backend.available)
    func `an API key's text comes again to whoever sends the same, and is nowhere in clear`(_ backend: Backend)
        async throws
    {
        try await withWorld(backend) { world in
            let caller = try await world.caller()
            func make(_ name: String, _ key: String) async throws -> String {
                let outcome = try await world.useCases.createAPIKey(
                    CreateAPIKey.Input(name: name, permissions: [], networks: [], expires: .never),
                    in: world.realm.name, by: .commandLine,
                    once: RepeatableRequest(key: key, operation: "create_api_key", body: name, by: caller))
                return switch outcome {
                case .created(let text, _): text
                case .refused(.exists): "exists"
                case .refused(.invalid): "invalid"
                case .refused(.notHeld), .refused(.aboveOwnRank): "not held"
                case .notRepeated(.keyReused): "reused"
                case .notRepeated(.gone): "gone"
                }
            }
            let text = try await make("nightly", "k1")
            #expect(text.hasPrefix("aldrava_"))
            #expect(try await make("nightly", "k1") == text)
            #expect(try await make("nightly", "k2") == "exists")
            #expect(try await make("weekly", "k2").hasPrefix("aldrava_"))
            #expect(try await make("other", "k1") == "reused")
            let keys = try #require(world.useCases.createAPIKey.answers(of: "k1", "nightly", caller, world.realm.name))
            let answer = try await world.store.read { (reader) throws(StoreFault) in
                try reader.rememberedAnswer(keys, realm: .standard)?.answer
            }
            let sealed = try #require(answer)
            #expect(!String(decoding: sealed, as: UTF8.self).contains(text.suffix(20)))
        }
    }

    @Test(arguments: Backend.available)
    func `a realm is made once`(_ backend: Backend) async throws {
        try await withWorld(backend) { world in
            let caller = try await world.caller()
            func make(_ name: String, _ key: String) async throws -> String {
                switch try await world.useCases.createRealm(
                    name, setting: .empty, by: .commandLine,
                    once: RepeatableRequest(key: key, operation: "create_realm", body: name, by: caller))
                {
                case .done(let state, _): "\(state.name) \(state.version)"
                case .refused(.exists): "exists"
                case .refused(.keyReused): "reused"
                case .refused: "refused"
                }
            }
            #expect(try await make("shop", "k1") == "shop 1")
            #expect(try await make("shop", "k1") == "shop 1")
            #expect(try await make("shop", "k2") == "exists")
            #expect(try await make("shop2", "k2") == "shop2 1")
            #expect(try await make("shop3", "k1") == "reused")
        }
    }
}

extension CreateAPIKey {
    fileprivate func answers(
        of key: String, _ body: String, _ caller: AuthResult, _ realm: RealmName
    ) -> [UInt8]? {
        AnswerKeys(dataKeys, now: capabilities.now())
            .marks(of: ["once", "create_api_key", caller.caller.text, key], saying: []).first?.digest
    }
}

extension World {
    fileprivate func caller() async throws -> AuthResult {
        let tokens = try await signUp("boss")
        return AuthResult(try await whoIs(tokens.accessToken).get(), by: .bearer)
    }
}
