import Domain
import Storage
import TestSupport
import Testing

@Suite("Store contract: lists for operators")
struct ListingContractTests {
    @Test(arguments: Backend.contract)
    func `users come in the order of their numbers, a page at a time, and of one realm`(_ backend: Backend) async throws
    {
        try await backend.withStore { store in
            for name in ["a", "b", "c", "d", "e"] { _ = try await store.addUser(name) }
            _ = try await store.addUser("elsewhere", realm: .system)
            try await store.look { tx throws in
                let first = try tx.users(realm: .standard, filter: .none, .byNumber, after: nil, window: 100, limit: 3)
                #expect(first.map(\.username.text) == ["a", "b", "c"])
                let rest = try tx.users(
                    realm: .standard, filter: .none, .byNumber,
                    after: first.last.map { UserPlace(of: $0, in: .number) },
                    window: 100, limit: 3)
                #expect(rest.map(\.username.text) == ["d", "e"])
                #expect(
                    try tx.users(realm: .standard, filter: .none, .byNumber, after: nil, window: 100, limit: 0).isEmpty)
                #expect(
                    try tx.users(realm: .system, filter: .none, .byNumber, after: nil, window: 100, limit: 9).map(
                        \.username.text)
                        == ["elsewhere"])
            }
        }
    }

    @Test(arguments: Backend.contract)
    func `users are found by part of a name or an address, and wildcards are letters`(_ backend: Backend) async throws {
        try await backend.withStore { store in
            try await store.transaction { (tx) throws(StoreFault) in
                for (name, email) in [
                    ("maria", "m@one.example"), ("mario", "x@two.example"), ("100%", "p@three.example"),
                    ("a_b", "u@four.example"), ("a!b", "e@five.example"), ("axb", "maria@six.example"),
                ] { _ = try tx.insert(Sample.user(name, email: email)) }
            }
            try await store.look { tx throws in
                for (text, names) in [
                    ("mari", ["maria", "mario", "axb"]), ("maria", ["maria", "axb"]), ("two.ex", ["mario"]),
                    ("%", ["100%"]), ("_", ["a_b"]), ("!", ["a!b"]), ("a_", ["a_b"]), ("nobody", []), ("\u{0}", []),
                ] as [(String, [String])] {
                    let found = try tx.users(
                        realm: .standard, filter: UserFilter(text: text), .byNumber, after: nil, window: 100,
                        limit: 10)
                    #expect(found.map(\.username.text) == names, "\(text)")
                }
            }
        }
    }

    @Test(arguments: Backend.contract)
    func `users are found by what they hold and by whether they may sign in`(_ backend: Backend) async throws {
        try await backend.withStore { store in
            let (held, out) = (try await store.addUser("held"), try await store.addUser("out"))
            let role = Sample.role("editor")
            try await store.transaction { (tx) throws(StoreFault) in
                _ = try tx.insert(role)
                for user in [held, out] { _ = try tx.grant(role: role.id, to: user.id) }
                _ = try tx.insert(Sample.user("other"))
                _ = try tx.setActive(false, user: out.id, realm: .standard)
            }
            try await store.look { tx throws in
                func names(_ filter: UserFilter) throws -> [String] {
                    try tx.users(realm: .standard, filter: filter, .byNumber, after: nil, window: 100, limit: 9).map(
                        \.username.text)
                }
                #expect(try names(UserFilter(role: role.id)) == ["held", "out"])
                #expect(try names(UserFilter(isActive: true)) == ["held", "other"])
                #expect(try names(UserFilter(isActive: false)) == ["out"])
                #expect(try names(UserFilter(isActive: true, text: "el", role: role.id)) == ["held"])
                #expect(try names(UserFilter(role: Sample.id())).isEmpty)
                #expect(try tx.userCount(of: role.id) == 2)
                #expect(try tx.userCount(of: Sample.id()) == 0)
            }
        }
    }

    @Test(arguments: Backend.contract)
    func `a user's live sessions come in order and without those that are over`(_ backend: Backend) async throws {
        try await backend.withStore { store in
            let user = try await store.addUser()
            let other = try await store.addUser("other")
            var sessions: [Session] = []
            for _ in 0..<4 { sessions.append(try await store.addSession(of: user)) }
            let idled = try await store.addSession(of: user, idle: .milliseconds(0))
            _ = try await store.addSession(of: other)
            let ended = sessions[1].id
            try await store.transaction { (tx) throws(StoreFault) in
                _ = try tx.end(ended, reason: .revoked)
            }
            let live = [sessions[0].id, sessions[2].id, sessions[3].id]
            try await store.look { tx throws in
                let all = try tx.liveSessions(of: user.id, realm: .standard, after: nil, limit: 9)
                #expect(all.map(\.session.id) == live)
                #expect(all.first?.origin == Sample.origin && all.first?.session.amr == ["pwd", "otp"])
                let page = try tx.liveSessions(of: user.id, realm: .standard, after: live[0], limit: 1)
                #expect(page.map(\.session.id) == [live[1]])
                #expect(try tx.liveSessions(of: user.id, realm: .system, after: nil, limit: 9).isEmpty)
                #expect(try tx.endReason(of: ended) == .revoked)
                #expect(try tx.endReason(of: idled.id) == nil)
                #expect(try tx.endReason(of: Sample.id()) == nil)
            }
        }
    }

    @Test(arguments: Backend.contract)
    func `what was given is told apart from what a role gives`(_ backend: Backend) async throws {
        try await backend.withStore { store in
            let user = try await store.addUser()
            let role = Sample.role("editor")
            let (direct, through) = (Sample.permission("mail", "read"), Sample.permission("disk", "read"))
            try await store.transaction { (tx) throws(StoreFault) in
                _ = try tx.insert(role)
                for permission in [direct, through] { _ = try tx.insert(permission) }
                _ = try tx.grant(role: role.id, to: user.id)
                _ = try tx.grant(permission: direct.id, to: user.id)
                for permission in [direct, through] { _ = try tx.grant(permission: permission.id, to: role.id) }
            }
            try await store.look { tx throws in
                #expect(
                    try tx.permissions(of: user.id, realm: .standard).map(\.pair.description) == ["mail:read"])
                #expect(
                    try tx.permissions(of: role.id, realm: .standard).map(\.pair.description)
                        == ["disk:read", "mail:read"])
                #expect(try tx.permissions(of: role.id, realm: .system).isEmpty)
                #expect(try tx.permissions(of: user.id, realm: .system).isEmpty)
            }
        }
    }

    @Test(arguments: Backend.contract)
    func `a deleted role is taken from everybody, and only in its realm`(_ backend: Backend) async throws {
        try await backend.withStore { store in
            let user = try await store.addUser()
            let role = Sample.role("editor")
            let read = Sample.permission("mail", "read")
            let (foreign, deleted, again, grants) = try await store.transaction { (tx) throws(StoreFault) in
                _ = try tx.insert(role)
                _ = try tx.insert(read)
                _ = try tx.grant(role: role.id, to: user.id)
                _ = try tx.grant(permission: read.id, to: role.id)
                let foreign = try tx.delete(role: role.id, realm: .system)
                let deleted = try tx.delete(role: role.id, realm: .standard)
                let again = try tx.delete(role: role.id, realm: .standard)
                return (foreign, deleted, again, try tx.grants(of: user.id, realm: .standard))
            }
            #expect(!foreign && deleted && !again)
            #expect(grants == .none)
            try await store.look { tx throws in
                #expect(try tx.role(named: "editor", realm: .standard) == nil)
                #expect(try tx.permission(named: "mail:read", realm: .standard) != nil)
                #expect(try tx.userCount(of: role.id) == 0)
                #expect(try tx.permissions(of: role.id, realm: .standard).isEmpty)
            }
        }
    }
}
