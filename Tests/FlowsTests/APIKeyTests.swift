import Crypto
import Domain
import HTTP
import Standards
import Storage
import TestSupport
import Testing

@testable import Flows

@Suite("API keys") struct APIKeyTests {
    @Test(arguments: Backend.available)
    func `a key holds what it was given, and the database only a digest`(_ backend: Backend) async throws {
        try await withWorld(backend) { world in
            try await world.permission("messages", "read", name: "read-messages")
            let (text, key) = try await world.key("backup", permissions: ["messages:read", "messages:read"])
            #expect(text.hasPrefix("aldrava_") && text.utf8.count == 72)
            let holder = try #require(try await world.holder(text))
            #expect(holder.id == key.id && holder.name == "backup" && holder.realm == .standard)
            #expect(holder.grants.roles.isEmpty && holder.grants.permissions == ["messages:read"])
            #expect(holder.grants.hasPermission("read-messages") && !holder.grants.hasPermission("messages:write"))
            let parsed = try #require(APIKeyText(text.bytes))
            #expect(parsed.id == key.id && parsed.text == text)
            let stored = try #require(try await world.stored(key.id))
            #expect(stored.digest == Digest.sha256(parsed.secret.exposed) && stored.previousDigest == nil)
            let verifyOnly = try await world.key("proxy").text
            #expect(try await world.holder(verifyOnly)?.grants == Grants.none)

            guard
                case .authenticated(let result) = try await world.useCases.authenticate(
                    Credentials(apiKey: text.bytes, bearer: Array("nonsense".utf8)[...]), in: world.realm)
            else {
                Issue.record("the key does not authenticate")
                return
            }
            #expect(result.source == .apiKey && result.userId == "system" && result.usuarioId == nil)
            #expect(result.session == nil && result.grants.permissions == ["messages:read"])
        }
    }

    @Test(arguments: Backend.available)
    func `a permission that is made anew is not again a key's`(_ backend: Backend) async throws {
        try await withWorld(backend) { world in
            for action in ["read", "reads", "write"] { try await world.permission("messages", action) }
            let all = ["messages:read", "messages:reads", "messages:write"]
            let (text, key) = try await world.key("backup", permissions: all)
            #expect(try await world.holder(text)?.grants.permissions == all)
            let deleted = try await world.useCases.access.deletePermission(
                "messages:read", in: .standard, by: .commandLine)
            guard case .deleted = deleted else {
                Issue.record("\(deleted)")
                return
            }
            #expect(try await world.stored(key.id)?.permissions == Array(all.dropFirst()))
            try await world.permission("messages", "read")
            #expect(try await world.holder(text)?.grants.permissions == Array(all.dropFirst()))
        }
    }

    @Test(arguments: Backend.available)
    func `everything that is wrong with a wish is said at once`(_ backend: Backend) async throws {
        try await withWorld(backend) { world in
            let create = world.useCases.createAPIKey
            let outcome = try await create(
                CreateAPIKey.Input(
                    name: "not valid", permissions: ["messages", "no:such", "a:b:c"],
                    networks: ["10.0.0.1/8", "::1", "host"], expires: .after(.zero)), in: .standard, by: .commandLine)
            guard case .refused(.invalid(let problems)) = outcome else {
                Issue.record("\(outcome)")
                return
            }
            #expect(
                problems.map(\.field) == [
                    "name", "permissions[0]", "permissions[1]", "permissions[2]", "networks[0]", "networks[2]",
                    "expires_at",
                ])
            #expect(problems.map(\.code)[2] == "unknown")
            let many = try await create.problems(
                of: CreateAPIKey.Input(
                    name: "environment", permissions: Array(repeating: "a:b", count: 65),
                    networks: Array(repeating: "::1", count: 65), expires: .at(Timestamp(milliseconds: 0))),
                in: .standard)
            #expect(many.map(\.code) == ["reserved_name", "too_many", "too_many", "in_the_past"])

            let first = try await world.key("backup")
            let again = try await create(
                CreateAPIKey.Input(name: "backup", permissions: [], networks: [], expires: .never), in: .standard,
                by: .commandLine)
            guard case .refused(.exists("backup")) = again else {
                Issue.record("\(again)")
                return
            }
            _ = try await world.useCases.revokeAPIKey(first.key.id, in: .standard, by: .commandLine)
            #expect(try await world.holder(try await world.key("backup").text) != nil)
        }
    }

    @Test(arguments: Backend.available)
    func `the millisecond in which a key expires is too late, warm and cold`(_ backend: Backend) async throws {
        try await withWorld(backend) { world in
            let (text, key) = try await world.key("backup", expires: .after(.seconds(3_600)))
            let (cold, coldKey) = try await world.key("cold", expires: .at(try #require(key.expiresAt)))
            #expect(coldKey.expiresAt == key.expiresAt)
            #expect(try await world.word(text) == "backup")
            world.goTo(try #require(key.expiresAt), before: .milliseconds(1))
            #expect(try await world.word(text) == "backup")
            world.clock.advance(by: .milliseconds(1))
            #expect(try await world.word(text) == "key_expired")
            #expect(try await world.word(cold) == "key_expired")
        }
    }

    @Test(arguments: Backend.available)
    func `after a rotation both texts are good until the overlap ends, to the millisecond`(
        _ backend: Backend
    ) async throws {
        try await withWorld(backend) { world in
            let (first, key) = try await world.key("backup")
            let (other, otherKey) = try await world.key("other")
            #expect(try await world.word(first) == "backup")
            let (second, rotated) = try await world.rotate(key.id, overlap: .seconds(600))
            let (_, otherRotated) = try await world.rotate(otherKey.id, overlap: .zero)
            #expect(try await world.word(other) == "key_expired" && otherRotated.previousUntil == nil)
            #expect(first != second && rotated.id == key.id)
            #expect(try await world.word(first) == "backup")
            #expect(try await world.word(second) == "backup")
            let end = try #require(rotated.previousUntil)
            world.goTo(end, before: .milliseconds(1))
            #expect(try await world.word(first) == "backup")
            world.clock.advance(by: .milliseconds(1))
            #expect(try await world.word(first) == "key_expired")
            #expect(try await world.word(second) == "backup")
            // Not only because it was remembered.
            world.useCases.maintenance.live.invalidateAll()
            #expect(try await world.word(first) == "key_expired")
        }
    }

    @Test(arguments: Backend.available)
    func `of three texts the oldest ends at once`(_ backend: Backend) async throws {
        try await withWorld(backend) { world in
            let (first, key) = try await world.key("backup")
            #expect(try await world.word(first) == "backup")
            let second = try await world.rotate(key.id, overlap: .seconds(600)).text
            let third = try await world.rotate(key.id, overlap: .seconds(600)).text
            #expect(try await world.word(first) == "key_unknown")
            #expect(try await world.word(second) == "backup")
            #expect(try await world.word(third) == "backup")
        }
    }

    @Test(arguments: Backend.available)
    func `a revoked key is refused at the next request, with both its texts`(_ backend: Backend) async throws {
        try await withWorld(backend) { world in
            let (first, key) = try await world.key("backup")
            let second = try await world.rotate(key.id, overlap: .seconds(600)).text
            for text in [first, second] { #expect(try await world.word(text) == "backup") }
            let revoke = world.useCases.revokeAPIKey
            guard case .noSuchKey = try await revoke(key.id, in: .system, by: .commandLine),
                case .revoked(let summary) = try await revoke(key.id, in: .standard, by: .commandLine),
                case .wasRevoked = try await revoke(key.id, in: .standard, by: .commandLine),
                case .revoked = try await world.useCases.rotateAPIKey(key.id, in: .standard, by: .commandLine)
            else {
                Issue.record("not revoked")
                return
            }
            #expect(summary.state == .revoked && summary.previousUntil == nil)
            for text in [first, second] { #expect(try await world.word(text) == "key_revoked") }
            let (listed, next) = try await world.useCases.listAPIKeys(in: .standard, after: nil, limit: 10)
            #expect(listed.map(\.state) == [.revoked] && next == nil)
            let elsewhere = try await world.useCases.listAPIKeys(in: .system, after: nil, limit: 10).keys
            #expect(elsewhere.isEmpty)
        }
    }

    @Test(arguments: Backend.available)
    func `a rotation that cannot help is refused`(_ backend: Backend) async throws {
        try await withWorld(backend) { world in
            let rotate = world.useCases.rotateAPIKey
            let (_, key) = try await world.key("backup", expires: .after(.seconds(1)))
            for overlap in [Duration.seconds(-1), .seconds(90 * 86_400 + 1)] {
                guard case .invalid = try await rotate(key.id, overlap: overlap, in: .standard, by: .commandLine) else {
                    Issue.record("\(overlap)")
                    return
                }
            }
            guard case .noSuchKey = try await rotate(key.id, in: .system, by: .commandLine) else {
                Issue.record("rotated from another realm")
                return
            }
            if backend == .postgres { try await Task.sleep(for: .milliseconds(1_100)) }
            world.clock.advance(by: .seconds(2))
            guard case .expired = try await rotate(key.id, in: .standard, by: .commandLine) else {
                Issue.record("an expired key was rotated")
                return
            }
        }
    }

    @Test(arguments: Backend.available)
    func `what was done to keys is in the audit, and no text of a key is`(_ backend: Backend) async throws {
        try await withWorld(backend) { world in
            let (first, key) = try await world.key("backup", networks: ["10.0.0.0/8"])
            let second = try await world.rotate(key.id, overlap: .seconds(60)).text
            let maria = try await world.signUp()
            _ = try await world.useCases.revokeAPIKey(
                key.id, in: .standard,
                by: Actor(
                    try await world.whoIs(maria.accessToken).get(), provenBy: .bearer, from: World.source))
            let lines = try await world.audit(count: 5).filter { $0.did.hasSuffix("_api_key") }
            #expect(lines.map(\.did) == ["create_api_key", "rotate_api_key", "revoke_api_key"])
            #expect(
                lines.allSatisfy { $0.this["api_key"]?.string == key.id.text && $0.this["name"]?.string == "backup" })
            #expect(lines.map(\.confirmedBy) == ["cli", "cli", "access_token"])
            #expect(lines.last?.who == "maria" && lines.last?.this["ip"]?.string == World.source.address)
            let whole = lines.map(\.json.text).joined()
            for text in [first, second] { #expect(!whole.contains(text.dropFirst(30).prefix(20))) }
        }
    }

    @Test(arguments: Backend.available)
    func `the last use is written, with where it came from`(_ backend: Backend) async throws {
        try await withWorld(backend) { world in
            let (text, key) = try await world.key("backup")
            #expect(key.lastUsedAt == nil && key.lastUsedAddress.isEmpty)
            #expect(try await world.word(text, from: "192.0.2.9") == "backup")
            // What is refused is no use.
            #expect(
                try await world.useCases.checkAPIKey(text.bytes, in: world.realm, from: .local, isUse: false).isGood)
            try await world.useCases.maintenance.flush()
            let stored = try #require(try await world.stored(key.id))
            #expect(stored.lastUsedAddress == "192.0.2.9")
            #expect(stored.lastUsedAt.map { $0 >= key.createdAt - .seconds(5) } == true)
        }
    }
}

extension CheckAPIKey.Outcome {
    var isGood: Bool {
        switch self {
        case .accepted: true
        case .refused: false
        }
    }
}

extension String {
    var bytes: ArraySlice<UInt8> { Array(utf8)[...] }
}

extension World {
    /// A new key of the default realm, with its text.
    func key(
        _ name: String, permissions: [String] = [], networks: [String] = [], expires: CreateAPIKey.Expiry = .never,
        in realm: RealmName = .standard
    ) async throws -> (text: String, key: APIKeySummary) {
        let outcome = try await useCases.createAPIKey(
            CreateAPIKey.Input(name: name, permissions: permissions, networks: networks, expires: expires), in: realm,
            by: .commandLine)
        guard case .created(let text, let key) = outcome else { throw WorldFault.refused("\(outcome)") }
        return (text, key)
    }

    func rotate(_ key: ID<APIKey>, overlap: Duration) async throws -> (text: String, key: APIKeySummary) {
        let outcome = try await useCases.rotateAPIKey(key, overlap: overlap, in: .standard, by: .commandLine)
        guard case .rotated(let text, let key) = outcome else { throw WorldFault.refused("\(outcome)") }
        return (text, key)
    }

    func permission(_ resource: String, _ action: String, name: String? = nil) async throws {
        _ = try await useCases.createPermission(
            resource: resource, action: action, name: name, description: "", in: realm.name, by: .commandLine)
    }

    func holder(_ text: String, from address: String = "192.0.2.7") async throws -> APIKeyHolder? {
        let address = try #require(IPAddress(address))
        switch try await useCases.checkAPIKey(text.bytes, in: realm, from: .ip(address)) {
        case .accepted(let holder): return holder
        case .refused: return nil
        }
    }

    /// The key's name, or why it is refused.
    func word(_ text: String, from address: String = "192.0.2.7") async throws -> String {
        let address = try #require(IPAddress(address))
        return switch try await useCases.checkAPIKey(text.bytes, in: realm, from: .ip(address)) {
        case .accepted(let holder): holder.name
        case .refused(let refusal): refusal.rawValue
        }
    }

    func stored(_ key: ID<APIKey>) async throws -> StoredAPIKey? {
        try await store.read { (reader) throws(StoreFault) in try reader.apiKey(key, realm: .standard) }
    }

    /// Moves the clock to so long before a time.
    func goTo(_ time: Timestamp, before delay: Duration) {
        clock.advance(by: .milliseconds((time - delay).milliseconds - clock.now.milliseconds))
    }
}
