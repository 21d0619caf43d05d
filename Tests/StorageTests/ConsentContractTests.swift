import Domain
import Storage
import TestSupport
import Testing

@Suite("Store contract: consents, inactivity, erasure")
struct ConsentContractTests {
    private static func consent(
        of user: ID<User>, _ document: String, _ version: Int64 = 1, isGiven: Bool = true, realm: RealmName = .standard
    ) -> ConsentRecord {
        ConsentRecord(
            id: Sample.id(), realm: realm, user: user, document: document, version: version, digest: "d",
            isGiven: isGiven,
            source: [1, 0, 2], event: Sample.id(), decidedAt: Timestamp(milliseconds: 7))
    }

    @Test(arguments: Backend.contract)
    func `decisions come back in their order, and the last about each document holds`(_ backend: Backend) async throws {
        try await backend.withStore { store in
            let (maria, rui) = (Sample.id(User.self), Sample.id(User.self))
            let records = [
                Self.consent(of: maria, "terms"), Self.consent(of: maria, "news"), Self.consent(of: maria, "terms", 2),
                Self.consent(of: maria, "news", isGiven: false),
            ]
            let others = [Self.consent(of: rui, "terms"), Self.consent(of: maria, "terms", 9, realm: .system)]
            try await store.transaction { (tx) throws(StoreFault) in
                for record in records + others { try tx.insert(record) }
            }
            try await store.look { tx throws in
                let all = try tx.consents(of: maria, realm: .standard, after: 0, limit: 10)
                #expect(all.map(\.record) == records)
                let rest = try tx.consents(of: maria, realm: .standard, after: all[0].place, limit: 2)
                #expect(rest == Array(all[1...2]))
                #expect(try tx.latestConsents(of: maria, realm: .standard) == [records[3], records[2]])
                #expect(try tx.latestConsents(of: rui, realm: .system).isEmpty)
            }
        }
    }

    @Test(arguments: Backend.contract)
    func `erasing takes a user with everything, in the own realm only, and leaves a number`(_ backend: Backend)
        async throws
    {
        try await backend.withStore { store in
            let user = try await store.addUser("maria")
            let rui = try await store.addUser("rui")
            let consent = Self.consent(of: user.id, "terms")
            let isForeign = try await store.transaction { (tx) throws(StoreFault) -> Bool in
                try tx.claim(Sample.wrappingKey(1))
                for id in [user.id, rui.id] {
                    _ = try tx.claimSubjectKey(WrappedKey(bytes: [9], epoch: 1), subject: id, realm: .standard)
                    try tx.insert(Sample.session(of: id, at: tx.now), origin: Sample.origin)
                }
                try tx.insert(consent)
                return try tx.erase(user: user.id, realm: .system)
            }
            #expect(!isForeign)
            let answers = try await store.transaction { (tx) throws(StoreFault) in
                [
                    try tx.erase(user: user.id, realm: .standard), try tx.erase(user: user.id, realm: .standard),
                    try tx.erase(user: Sample.id(), realm: .standard),
                ]
            }
            #expect(answers == [true, false, false])
            try await store.look { tx throws in
                #expect(try tx.user(user.id, realm: .standard) == nil)
                #expect(try tx.user(rui.id, realm: .standard) != nil)
                #expect(try tx.subjectKey(of: user.id, realm: .standard) == nil)
                #expect(try tx.subjectKey(of: rui.id, realm: .standard) == [9])
                #expect(try tx.sessionTraces(of: user.id, realm: .standard, after: nil, limit: 9).isEmpty)
                #expect(try tx.sessionTraces(of: rui.id, realm: .standard, after: nil, limit: 9).count == 1)
                let kept = try tx.consents(of: user.id, realm: .standard, after: 0, limit: 9).map(\.record)
                #expect(kept.map(\.id) == [consent.id] && kept.first?.source == [])
                let erasures = try tx.erasures(after: 0, limit: 9)
                #expect(erasures.map(\.user) == [user.id] && erasures.map(\.realm) == [.standard])
                #expect(try tx.erasures(after: erasures.first?.sequence ?? 0, limit: 9).isEmpty)
            }
            // The number is nobody's from now on.
            #expect(try await store.addUser("ana").number > rui.number)
        }
    }

    @Test(arguments: Backend.contract)
    func `events concerning somebody are those by them and those with a part of theirs`(_ backend: Backend) async throws
    {
        try await backend.withStore { store in
            let person = Sample.id(User.self)
            let about = Event.SealedPart(subject: person, ciphertext: [1, 2])
            let other = Event.SealedPart(subject: Sample.id(), ciphertext: [3])
            let first = Sample.event("one", personal: [other, about])
            let own = Event(
                id: Sample.id(), time: first.time, realm: .standard, node: "n", did: "two", status: true,
                confirmedBy: "", consequences: first.consequences, actor: person, details: "{}", personal: [])
            let events =
                [first] + (0..<5).map { _ in Sample.event("noise", personal: [other]) } + [own]
                + [Sample.event("abroad", realm: .system, personal: [about]), Sample.event("noise")]
            for event in events {
                try await store.transaction { (tx) throws(StoreFault) in try tx.append(event, mac: [1]) }
            }
            var found: [ID<Event>] = []
            for _ in 0..<2_000 where found.count < 2 {
                found = []
                var place: EventPosition?
                repeat {
                    let after = place
                    let (page, end) = try await store.read { (tx) throws(StoreFault) in
                        try tx.events(concerning: person, realm: .standard, after: after, window: 2)
                    }
                    #expect(page.count <= 2)
                    found += page.map(\.event.id)
                    place = end
                } while place != nil
                if found.count < 2 { try await Task.sleep(for: .milliseconds(10)) }
            }
            #expect(found == [first.id, own.id])
            try await store.look { tx throws in
                #expect(try tx.event(own.id)?.event.did == "two")
                #expect(try tx.event(Sample.id()) == nil)
            }
        }
    }

    @Test(arguments: Backend.contract)
    func `whoever signed in or used a session since is not unused, nor an administrator`(_ backend: Backend)
        async throws
    {
        try await backend.withStore { store in
            let names = ["idle", "busy", "signed", "chief", "gone"]
            var users: [String: User] = [:]
            for name in names { users[name] = try await store.addUser(name) }
            let all = users
            let role = Sample.role(Role.adminName)
            try await store.transaction { (tx) throws(StoreFault) in
                _ = try tx.insert(role)
                guard let chief = all["chief"], let gone = all["gone"] else { throw .closed }
                _ = try tx.grant(role: role.id, to: chief.id)
                _ = try tx.setActive(false, user: gone.id, realm: .standard)
            }
            let limit = try await store.read { (tx) throws(StoreFault) in tx.now } + .seconds(1)
            try await Task.sleep(for: .milliseconds(1_100))
            try await store.transaction { (tx) throws(StoreFault) in
                guard let busy = all["busy"], let signed = all["signed"] else { throw .closed }
                try tx.insert(Sample.session(of: busy.id, at: tx.now), origin: Sample.origin)
                try tx.noteSignIn(of: signed.id)
            }
            let idle = try #require(users["idle"])
            try await store.look { tx throws in
                let found = try tx.inactiveUsers(
                    realm: .standard, since: limit, exempt: Role.adminName, after: 0, limit: 9)
                #expect(found.map(\.user.username.text) == ["idle"])
                #expect(found.first?.lastUse == idle.createdAt && found.first?.warnedDays == nil)
                #expect(
                    try tx.inactiveUsers(
                        realm: .standard, since: limit, exempt: Role.adminName, after: idle.number, limit: 9
                    ).isEmpty)
                #expect(
                    try tx.inactiveUsers(
                        realm: .system, since: limit, exempt: Role.adminName, after: 0, limit: 9
                    ).isEmpty)
            }
            let answers = try await store.transaction { (tx) throws(StoreFault) in
                [
                    try tx.noteInactivityWarning(of: idle.id, since: idle.createdAt, days: 30),
                    try tx.noteInactivityWarning(of: idle.id, since: idle.createdAt, days: 30),
                    try tx.noteInactivityWarning(of: idle.id, since: idle.createdAt, days: 7),
                    try tx.noteInactivityWarning(of: idle.id, since: idle.createdAt + .seconds(1), days: 3),
                    try tx.isStillUnused(idle.id, realm: .standard, since: idle.createdAt),
                    try tx.isStillUnused(idle.id, realm: .system, since: idle.createdAt),
                ]
            }
            #expect(answers == [true, false, true, false, true, false])
            let after = try await store.transaction { (tx) throws(StoreFault) in
                try tx.noteSignIn(of: idle.id)
                return try tx.isStillUnused(idle.id, realm: .standard, since: idle.createdAt)
            }
            #expect(!after)
        }
    }

    @Test(arguments: Backend.contract)
    func `of two that warn at once, one does`(_ backend: Backend) async throws {
        try await backend.withStore { store in
            let user = try await store.addUser("maria")
            async let one = store.transaction { (tx) throws(StoreFault) in
                try tx.noteInactivityWarning(of: user.id, since: user.createdAt, days: 30)
            }
            async let two = store.transaction { (tx) throws(StoreFault) in
                try tx.noteInactivityWarning(of: user.id, since: user.createdAt, days: 30)
            }
            #expect(try await [one, two].filter(\.self).count == 1)
        }
    }
}
