import Domain
import Storage
import TestSupport
import Testing

@Suite("Store contract: API keys")
struct APIKeyContractTests {
    private static func key(
        _ name: String, realm: RealmName = .standard, permissions: [String] = [], expiresAt: Timestamp? = nil
    ) -> StoredAPIKey {
        StoredAPIKey(
            id: Sample.id(), realm: realm, name: name, digest: [0, 1, 255], permissions: permissions,
            networks: ["10.0.0.0/8", "2001:db8::/32"], createdAt: Timestamp(milliseconds: 3), expiresAt: expiresAt)
    }

    @Test(arguments: Backend.contract)
    func `a key comes back as it was, and in its own realm only`(_ backend: Backend) async throws {
        try await backend.withStore { store in
            let full = StoredAPIKey(
                id: Sample.id(), realm: .standard, name: "full", digest: [1], previousDigest: [2, 0],
                previousUntil: Timestamp(milliseconds: 9), permissions: ["messages:read", "audit.write"],
                networks: [], createdAt: Timestamp(milliseconds: 3), expiresAt: Timestamp(milliseconds: 10),
                revokedAt: Timestamp(milliseconds: 11), lastUsedAt: Timestamp(milliseconds: 12),
                lastUsedAddress: "192.0.2.9")
            let keys = [full, Self.key("plain"), Self.key("third")]
            let foreign = Self.key("plain", realm: .system)
            try await store.transaction { (tx) throws(StoreFault) in
                for key in keys + [foreign] { _ = try tx.insert(key) }
            }
            try await store.look { tx throws in
                for key in keys { #expect(try tx.apiKey(key.id, realm: .standard) == key) }
                #expect(try tx.apiKey(foreign.id, realm: .standard) == nil)
                #expect(try tx.apiKeys(realm: .standard, after: nil, limit: 2) == Array(keys[..<2]))
                #expect(try tx.apiKeys(realm: .standard, after: keys[1].id, limit: 2) == [keys[2]])
                #expect(try tx.apiKeys(realm: .system, after: nil, limit: 9) == [foreign])
            }
        }
    }

    @Test(arguments: Backend.contract)
    func `a name is free again once its key was revoked`(_ backend: Backend) async throws {
        try await backend.withStore { store in
            let (first, second) = (Self.key("build"), Self.key("build"))
            let answers = try await store.transaction { (tx) throws(StoreFault) in
                [
                    try tx.insert(first), try tx.insert(second), try tx.insert(Self.key("build", realm: .system)),
                    try tx.revoke(apiKey: first.id, realm: .system), try tx.insert(second),
                    try tx.revoke(apiKey: first.id, realm: .standard),
                    try tx.revoke(apiKey: first.id, realm: .standard), try tx.insert(second),
                ]
            }
            #expect(answers == [true, false, true, false, false, true, false, true])
            try await store.look { tx throws in
                #expect(try tx.apiKey(first.id, realm: .standard)?.revokedAt != nil)
                #expect(try tx.apiKey(second.id, realm: .standard)?.revokedAt == nil)
            }
        }
    }

    @Test(arguments: Backend.contract)
    func `a rotation keeps the secret before it, until a time`(_ backend: Backend) async throws {
        try await backend.withStore { store in
            let key = Self.key("build")
            let until = Timestamp(milliseconds: 50)
            let answers = try await store.transaction { (tx) throws(StoreFault) in
                _ = try tx.insert(key)
                var answers = [
                    try tx.rotate(apiKey: key.id, realm: .system, to: [9], previousUntil: until),
                    try tx.rotate(apiKey: key.id, realm: .standard, to: [8], previousUntil: Timestamp(milliseconds: 1)),
                    try tx.rotate(apiKey: key.id, realm: .standard, to: [7], previousUntil: until),
                    try tx.revoke(apiKey: key.id, realm: .standard),
                ]
                answers.append(try tx.rotate(apiKey: key.id, realm: .standard, to: [6], previousUntil: until))
                return answers
            }
            #expect(answers == [false, true, true, true, false])
            let found = try await store.look { tx in try tx.apiKey(key.id, realm: .standard) }
            #expect(found?.digest == [7] && found?.previousDigest == [8] && found?.previousUntil == until)
        }
    }

    @Test(arguments: Backend.contract)
    func `the last use only moves forward`(_ backend: Backend) async throws {
        try await backend.withStore { store in
            let (key, other) = (Self.key("build"), Self.key("other"))
            @Sendable func use(_ time: Int64) -> APIKeyUse {
                APIKeyUse(key: key.id, at: Timestamp(milliseconds: time), address: "192.0.2.\(time)")
            }
            let found = try await store.transaction { (tx) throws(StoreFault) in
                _ = try tx.insert(key)
                _ = try tx.insert(other)
                var found: [StoredAPIKey?] = []
                for uses in [
                    [use(5), use(3)], [use(4), APIKeyUse(key: Sample.id(), at: tx.now, address: "")], [use(6)],
                ] {
                    try tx.note(uses)
                    found.append(try tx.apiKey(key.id, realm: .standard))
                }
                return found + [try tx.apiKey(other.id, realm: .standard)]
            }
            #expect(found.map { $0?.lastUsedAt?.milliseconds } == [5, 5, 6, nil])
            #expect(found.map { $0?.lastUsedAddress } == ["192.0.2.5", "192.0.2.5", "192.0.2.6", ""])
        }
    }

    @Test(arguments: Backend.contract, ["two words", ""])
    func `what would not come back as it was is refused`(_ backend: Backend, _ name: String) async throws {
        try await backend.withStore { store in
            await #expect(throws: StoreFault.self) {
                try await store.transaction { (tx) throws(StoreFault) in
                    try tx.insert(Self.key("build", permissions: [name]))
                }
            }
        }
    }
}
