import Domain
import Storage
import TestSupport
import Testing

@Suite("Store contract: keys and nodes")
struct KeyContractTests {
    private static func key(
        _ kid: String, wrapping: Int64 = 1, from: Int64? = nil, realm: RealmName = .standard
    ) -> StoredSigningKey {
        StoredSigningKey(
            kid: kid, realm: realm, algorithm: "ES256", publicJWK: "{}", wrappedPrivateKey: [0, 7],
            wrapping: wrapping, createdAt: Timestamp(milliseconds: 5),
            signsFrom: from.map { Timestamp(milliseconds: $0) }, retiredAt: nil)
    }

    @Test(arguments: Backend.contract)
    func `a signing key keeps its times, and those can be changed`(_ backend: Backend) async throws {
        try await backend.withStore { store in
            let keys = try await store.transaction { (tx) throws(StoreFault) in
                try tx.claim(Sample.wrappingKey(1))
                try tx.lockSigningKeys(realm: .standard)
                try tx.insert(Self.key("a", from: 77))
                try tx.insert(Self.key("b"))
                try tx.insert(Self.key("a", realm: .system))
                try tx.setTimes(
                    ofSigningKey: "b", realm: .standard, signsFrom: Timestamp(milliseconds: 9),
                    retiredAt: Timestamp(milliseconds: 10))
                return try tx.signingKeys(realm: .standard) + tx.signingKeys(realm: .system)
            }
            #expect(keys.map(\.kid) == ["a", "b", "a"])
            #expect(keys.map(\.signsFrom?.milliseconds) == [77, 9, nil])
            #expect(keys.map(\.retiredAt?.milliseconds) == [nil, 10, nil])
            #expect(keys.allSatisfy { $0.wrapping == 1 })
        }
    }

    @Test(arguments: Backend.contract)
    func `nothing is stored under a wrapping key that is gone`(_ backend: Backend) async throws {
        try await backend.withStore { store in
            let gone = StoreFault.unavailable(
                "the master key was changed meanwhile: start this server again with the present one")
            await #expect(throws: gone) {
                try await store.transaction { (tx) throws(StoreFault) in try tx.insert(Self.key("a")) }
            }
            await #expect(throws: gone) {
                try await store.transaction { (tx) throws(StoreFault) in
                    try tx.claimSubjectKey(WrappedKey(bytes: [1], epoch: 1), subject: .nobody, realm: .standard)
                }
            }
        }
    }

    @Test(arguments: Backend.contract)
    func `data keys are claimed once, and replaced`(_ backend: Backend) async throws {
        try await backend.withStore { store in
            let first = Sample.wrappingKey(1)
            let other = StoredDataKey(
                purpose: "wrapping", epoch: 1, wrapped: [9, 9], createdAt: first.createdAt,
                retiredAt: Timestamp(milliseconds: 3))
            let keys = try await store.transaction { (tx) throws(StoreFault) in
                try tx.claim(Sample.wrappingKey(2))
                try tx.claim(first)
                try tx.claim(other)
                let before = try tx.dataKeys()
                try tx.replace(other)
                return [before, try tx.dataKeys()]
            }
            #expect(keys == [[first, Sample.wrappingKey(2)], [other, Sample.wrappingKey(2)]])
        }
    }

    @Test(arguments: Backend.contract)
    func `keys are moved to a newer wrapping key page by page, and only from what was read`(
        _ backend: Backend
    ) async throws {
        try await backend.withStore { store in
            let subjects = (0..<5).map { _ in Sample.id(User.self) }.sorted {
                $0.bytes.lexicographicallyPrecedes($1.bytes)
            }
            try await store.transaction { (tx) throws(StoreFault) in
                try tx.claim(Sample.wrappingKey(1))
                try tx.claim(Sample.wrappingKey(2))
                for (place, subject) in subjects.enumerated() {
                    _ = try tx.claimSubjectKey(
                        WrappedKey(bytes: [UInt8(place)], epoch: 1), subject: subject,
                        realm: place == 0 ? .system : .standard)
                }
                try tx.insert(Self.key("a"))
            }
            let pages = try await store.read { (reader) throws(StoreFault) in
                var pages: [[StoredSubjectKey]] = []
                var last: StoredSubjectKey?
                repeat {
                    pages.append(try reader.subjectKeys(notWrappedUnder: 2, after: last, limit: 2))
                    last = pages.last?.last
                } while last != nil
                return pages
            }
            #expect(pages.map(\.count) == [2, 2, 1, 0])
            #expect(pages.joined().map(\.subject) == Array(subjects[1...]) + [subjects[0]])
            #expect(pages.joined().map(\.wrapped) == [[1], [2], [3], [4], [0]])

            let results = try await store.transaction { (tx) throws(StoreFault) in
                let all = Array(pages.joined())
                let stale = StoredSubjectKey(subject: subjects[1], realm: .standard, wrapped: [99])
                let signing = try tx.signingKeys(notWrappedUnder: 2)
                var results = [
                    try tx.removeWrappingKey(epoch: 1),
                    try tx.replaceWrapped(stale, by: WrappedKey(bytes: [8], epoch: 2)),
                ]
                for key in all { results.append(try tx.replaceWrapped(key, by: WrappedKey(bytes: [8], epoch: 2))) }
                results.append(try tx.replaceWrapped(all[0], by: WrappedKey(bytes: [8], epoch: 2)))
                results.append(try tx.removeWrappingKey(epoch: 1))
                results.append(try tx.replaceWrapped(signing[0], by: WrappedKey(bytes: [6], epoch: 2)))
                results.append(try tx.removeWrappingKey(epoch: 1))
                results.append(try tx.removeWrappingKey(epoch: 1))
                return results
            }
            #expect(
                results == [false, false] + [Bool](repeating: true, count: 5) + [false, false, true, true, false])
            let after = try await store.read { (reader) throws(StoreFault) in
                (
                    try reader.subjectKeys(notWrappedUnder: 2, after: nil, limit: 9).count,
                    try reader.signingKeys(notWrappedUnder: 2).count, try reader.dataKeys().map(\.epoch),
                    try reader.subjectKey(of: subjects[3], realm: .standard)
                )
            }
            #expect(after.0 == 0 && after.1 == 0 && after.2 == [2] && after.3 == [8])
        }
    }

    @Test(arguments: Backend.contract)
    func `servers that were seen lately are listed until they leave`(_ backend: Backend) async throws {
        try await backend.withStore { store in
            let lists = try await store.transaction { (tx) throws(StoreFault) in
                try tx.noteNode([1], name: "b")
                try tx.noteNode([2], name: "a")
                try tx.noteNode([1], name: "b")
                let all = try tx.nodes(seenSince: tx.now)
                let none = try tx.nodes(seenSince: tx.now + .milliseconds(1))
                try tx.removeNode([1])
                return [all, none, try tx.nodes(seenSince: tx.now)].map { $0.map(\.name) }
            }
            #expect(lists == [["a", "b"], [], ["a"]])
        }
    }

    @Test(arguments: Backend.contract)
    func `the last end of a session counts those that are open`(_ backend: Backend) async throws {
        try await backend.withStore { store in
            #expect(try await store.read { (reader) throws(StoreFault) in try reader.lastSessionEnd() } == nil)
            let user = try await store.addUser()
            let session = try await store.addSession(of: user)
            #expect(
                try await store.read { (reader) throws(StoreFault) in try reader.lastSessionEnd() }
                    == session.absoluteEnd)
            _ = try await store.transaction { (tx) throws(StoreFault) in try tx.end(session.id, reason: .logout) }
            #expect(try await store.read { (reader) throws(StoreFault) in try reader.lastSessionEnd() } == nil)
        }
    }

    @Test(arguments: Backend.contract)
    func `who changes a realm's signing keys waits for whoever does`(_ backend: Backend) async throws {
        try await backend.withStore { store in
            try await store.transaction { (tx) throws(StoreFault) in try tx.claim(Sample.wrappingKey(1)) }
            let inserted = try await withThrowingTaskGroup { group in
                for number in 0..<8 {
                    group.addTask {
                        try await store.transaction { (tx) throws(StoreFault) in
                            try tx.lockSigningKeys(realm: .standard)
                            guard try tx.signingKeys(realm: .standard).isEmpty else { return false }
                            try tx.insert(Self.key("k\(number)"))
                            return true
                        }
                    }
                }
                return try await group.reduce(into: 0) { $0 += $1 ? 1 : 0 }
            }
            #expect(inserted == 1)
        }
    }
}
