import Domain
import Storage
import TestSupport
import Testing

@Suite("Store contract: realms and their hosts")
struct RealmContractTests {
    private static let shop = RealmName("shop")!
    private static let club = RealmName("club")!

    private static func realm(_ name: RealmName, settings: String = #"{"a":1}"#, version: Int64 = 1) -> StoredRealm {
        StoredRealm(
            name: name, settings: settings, isEnabled: true, version: version, createdAt: Timestamp(milliseconds: 7),
            updatedAt: Timestamp(milliseconds: 8))
    }

    @Test(arguments: Backend.contract)
    func `a realm comes back as it was, and its name is taken`(_ backend: Backend) async throws {
        try await backend.withStore { store in
            let names = ["b", "a-1", "a", "c"].map { RealmName($0)! }
            let answers = try await store.transaction { (tx) throws(StoreFault) in
                var answers: [Bool] = []
                for name in names + [names[0]] { answers.append(try tx.insert(Self.realm(name))) }
                return answers
            }
            #expect(answers == [true, true, true, true, false])
            try await store.look { tx throws in
                #expect(try tx.realm(named: names[0]) == Self.realm(names[0]))
                #expect(try tx.realm(named: .system) == nil)
                #expect(try tx.realms(after: nil, limit: 3).map(\.name.text) == ["a", "a-1", "b"])
                #expect(try tx.realms(after: RealmName("a-1"), limit: 3).map(\.name.text) == ["b", "c"])
            }
        }
    }

    @Test(arguments: Backend.contract)
    func `a change of a realm that saw an older version changes nothing`(_ backend: Backend) async throws {
        try await backend.withStore { store in
            let changed = StoredRealm(
                name: Self.shop, settings: "{}", isEnabled: false, version: 99, createdAt: Timestamp(milliseconds: 1),
                updatedAt: Timestamp(milliseconds: 2))
            let (answers, now) = try await store.transaction { (tx) throws(StoreFault) in
                _ = try tx.insert(Self.realm(Self.shop))
                _ = try tx.insert(Self.realm(Self.club))
                let answers = [
                    try tx.update(changed, ifVersion: 2), try tx.update(changed, ifVersion: 1),
                    try tx.update(changed, ifVersion: 1),
                ]
                return (answers, tx.now)
            }
            #expect(answers == [false, true, false])
            try await store.look { tx throws in
                let found = try tx.realm(named: Self.shop)
                #expect(found?.settings == "{}" && found?.isEnabled == false && found?.version == 2)
                #expect(found?.createdAt == Timestamp(milliseconds: 7) && found?.updatedAt == now)
                #expect(try tx.realm(named: Self.club) == Self.realm(Self.club))
            }
        }
    }

    @Test(arguments: Backend.contract)
    func `hosts are replaced all at once, and none is taken from another realm`(_ backend: Backend) async throws {
        try await backend.withStore { store in
            @Sendable func host(_ name: String, _ realm: RealmName, _ application: String? = nil) -> RealmHost {
                RealmHost(host: name, realm: realm, application: application)
            }
            let first = [host("a.example", Self.shop), host("m.example", Self.shop, "wiki")]
            let second = [host("b.example:8443", Self.shop), host("m.example", Self.shop, "mail")]
            let (answers, taken) = try await store.transaction { (tx) throws(StoreFault) in
                var answers = [try tx.setHosts(of: Self.shop, to: first)]
                answers.append(try tx.setHosts(of: Self.club, to: [host("z.example", Self.club)]))
                answers.append(try tx.setHosts(of: Self.shop, to: second))
                let wanted = [host("c.example", Self.shop), host("m.example", Self.shop), host("z.example", Self.shop)]
                return (answers, try tx.setHosts(of: Self.shop, to: wanted))
            }
            #expect(answers == [nil, nil, nil])
            #expect(taken == host("z.example", Self.club))
            try await store.look { tx throws in
                #expect(try tx.realmHosts(of: Self.shop) == second)
                #expect(try tx.realmHost("b.example:8443") == second[0])
                #expect(try tx.realmHost("m.example") == second[1])
                #expect(try tx.realmHost("a.example") == nil && tx.realmHost("c.example") == nil)
                #expect(try tx.realmHosts(of: Self.club) == [host("z.example", Self.club)])
                #expect(try tx.realmHosts(of: .standard) == [])
            }
        }
    }

    @Test(arguments: Backend.contract)
    func `of two realms that take the same hosts at once one gets all of them`(_ backend: Backend) async throws {
        try await backend.withStore { store in
            for round in 0..<20 {
                let names = ["a\(round).example", "b\(round).example", "c\(round).example"]
                let outcomes = try await withThrowingTaskGroup(of: (RealmName, Bool).self) { group in
                    for (realm, names) in [(Self.shop, names), (Self.club, Array(names.reversed()))] {
                        group.addTask {
                            let hosts = names.map { RealmHost(host: $0, realm: realm, application: nil) }
                            let taken = try await store.transaction { (tx) throws(StoreFault) in
                                try tx.setHosts(of: realm, to: hosts)
                            }
                            return (realm, taken == nil)
                        }
                    }
                    return try await group.reduce(into: [:]) { $0[$1.0] = $1.1 }
                }
                #expect(Set(outcomes.values) == [true, false])
                try await store.look { tx throws in
                    for (realm, won) in outcomes {
                        let hosts = try tx.realmHosts(of: realm).map(\.host)
                        #expect(won ? hosts == names : names.allSatisfy { !hosts.contains($0) })
                    }
                }
                try await store.transaction { (tx) throws(StoreFault) in
                    for realm in [Self.shop, Self.club] { _ = try tx.setHosts(of: realm, to: []) }
                }
            }
        }
    }
}
