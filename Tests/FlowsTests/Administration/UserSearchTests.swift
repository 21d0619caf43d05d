import Domain
import Standards
import Storage
import TestSupport
import Testing

@testable import Flows

@Suite("Looking for users as administrators do") struct UserSearchTests {
    private static let names = ["Dora", "ana", "carl", "Bela", "emil"]

    @Test(arguments: Backend.available, UserSort.allCases)
    func `every order is walked through in pages, forwards and backwards, and nobody is missed or seen twice`(
        _ backend: Backend, _ sort: UserSort
    ) async throws {
        try await withWorld(backend) { world in
            for name in Self.names { _ = try await world.person(name) }
            // Two who never signed in, so that the order has equal values.
            for name in ["carl", "ana", "Dora"] {
                _ = try await world.store.transaction { (tx) throws(StoreFault) in
                    let user = try tx.user(usernameKey: SearchText.key(name) ?? "", realm: .standard)
                    try tx.noteSignIn(of: user?.id ?? ID(high: 0, low: 0))
                }
            }
            let forwards = try await world.walk(UserOrder(sort), limit: 2)
            let backwards = try await world.walk(UserOrder(sort, isDescending: true), limit: 2)
            #expect(forwards.sorted() == Self.names.sorted())
            #expect(backwards == Array(forwards.reversed()))
            switch sort {
            case .number, .createdAt: #expect(forwards == Self.names)
            case .username, .email: #expect(forwards == ["ana", "Bela", "carl", "Dora", "emil"])
            case .lastSignInAt: #expect(Set(forwards.prefix(2)) == ["Bela", "emil"])
            }
        }
    }

    @Test(arguments: Backend.available)
    func `a page goes on where it ended while users come, go and change`(_ backend: Backend) async throws {
        try await withWorld(backend) { world in
            for name in Self.names { _ = try await world.person(name) }
            let order = UserOrder(.username)
            let first = try await world.page(order: order, limit: 2)
            #expect(first.users.map(\.username.text) == ["ana", "Bela"])
            // The one the cursor stands at goes, one comes before it and one behind.
            guard
                case .erased = try await world.useCases.privacy.eraseUser(
                    "Bela", in: world.realm, by: .commandLine)
            else {
                Issue.record("not erased")
                return
            }
            for name in ["aaron", "beth"] { _ = try await world.person(name) }
            let second = try await world.page(order: order, after: first.next, limit: 10)
            #expect(second.users.map(\.username.text) == ["beth", "carl", "Dora", "emil"])
            #expect(second.next == nil)
        }
    }

    @Test(arguments: Backend.available)
    func `each filter finds whom it means`(_ backend: Backend) async throws {
        try await withWorld(backend) { world in
            for name in Self.names { _ = try await world.person(name) }
            let accounts = world.useCases.accounts
            _ = try await world.useCases.setUserActive(false, user: "ana", in: world.realm, by: .commandLine)
            let future = world.clock.now + .seconds(3_600)
            _ = try await accounts.banUser(until: future, user: "carl", in: world.realm, by: .commandLine)
            try await world.grant(role: "editor", to: "emil")
            let bela = try #require(await world.useCases.showUser("bela", in: world.realm.name)).user
            try await world.store.transaction { (tx) throws(StoreFault) in
                try tx.setEmailVerified(bela.id, realm: .standard)
                _ = try tx.setDeactivated(true, user: bela.id, realm: .standard)
                try tx.noteSignIn(of: bela.id)
            }
            func names(_ filter: ListUsers.Filter, _ order: UserOrder = .byNumber) async throws -> [String] {
                try await world.page(filter, order: order).users.map(\.username.text)
            }
            #expect(try await names(.init(isActive: false)) == ["ana"])
            #expect(try await names(.init(isBanned: true)) == ["carl"])
            #expect(try await names(.init(isBanned: false)).count == 4)
            #expect(try await names(.init(isDeactivated: true)) == ["Bela"])
            #expect(try await names(.init(isVerified: true)) == ["Bela"])
            #expect(try await names(.init(isActive: true, isVerified: false)) == ["Dora", "carl", "emil"])
            #expect(try await names(.init(role: "editor")) == ["emil"])
            #expect(try await names(.init(text: "EL")) == ["Bela"])
            #expect(try await names(.init(text: "%")) == [])
            #expect(try await names(.init(text: "\(bela.number)")).contains("Bela"))
            #expect(try await names(.init(signedIn: TimeSpan(from: Timestamp(milliseconds: 0)))) == ["Bela"])
            #expect(try await names(.init(signedIn: TimeSpan(before: future + .seconds(86_400)))) == ["Bela"])
            #expect(try await names(.init(created: TimeSpan(before: Timestamp(milliseconds: 1)))) == [])
            #expect(try await names(.init(created: TimeSpan(from: Timestamp(milliseconds: 1)))).count == 5)
            #expect(try await names(.init(prefix: "D"), UserOrder(.username)) == ["Dora"])
            #expect(try await names(.init(prefix: "em"), UserOrder(.email, isDescending: true)) == ["emil"])
            #expect(try await names(.init(prefix: "bel%"), UserOrder(.username)) == [])
            #expect(try await world.page(.init(prefix: "b"), order: UserOrder(.username)).next == nil)
            guard
                case .prefixNeedsOrder = try await world.useCases.listUsers(
                    .init(prefix: "a"), in: world.realm.name, limit: 1)
            else {
                Issue.record("a prefix of a number")
                return
            }
        }
    }

    @Test(arguments: Backend.available)
    func `users are counted, and those of another realm are not seen`(_ backend: Backend) async throws {
        try await withWorld(backend) { world in
            for name in Self.names { _ = try await world.person(name) }
            _ = try await world.store.transaction { (tx) throws(StoreFault) in
                try tx.insert(
                    NewUser(
                        id: ID(high: 1, low: 1), realm: .system, username: Username(text: "ops", key: "ops"),
                        email: EmailAddress(text: "ops@example.com", key: "ops@example.com")))
            }
            guard
                case .page(let page) = try await world.useCases.listUsers(
                    .init(text: "a"), in: world.realm.name, limit: 1, counts: true)
            else {
                Issue.record("no page")
                return
            }
            // Everybody has an address at example.com.
            #expect(page.total == ListUsers.Total(count: 5, isExact: true) && page.users.count == 1)
            #expect(try await world.walk(.byNumber, limit: 3).count == 5)
        }
    }

    @Test(arguments: Backend.available)
    func `a window bounds the work, and says where it ended`(_ backend: Backend) async throws {
        try await withWorld(backend) { world in
            for name in Self.names { _ = try await world.person(name) }
            let order = UserOrder(.username)
            try await world.store.read { (reader) throws(StoreFault) in
                let filter = UserFilter(text: "emil")
                let none = try reader.users(
                    realm: .standard, filter: filter, order, after: nil, window: 3, limit: 9)
                let end = try reader.end(ofUserWindow: 3, realm: .standard, order, after: nil)
                let rest = try reader.users(
                    realm: .standard, filter: filter, order, after: end, window: 3, limit: 9)
                let over = try reader.end(ofUserWindow: 3, realm: .standard, order, after: end)
                let count = try reader.userCount(realm: .standard, filter: filter, most: 2)
                #expect(none.isEmpty && end?.key == .text("carl"))
                #expect(rest.map(\.username.text) == ["emil"] && over == nil)
                #expect(count == UserCount(matching: 0, examined: 2))
            }
        }
    }

    @Test func `a cursor is read strictly, and belongs to its order`() async throws {
        for cursor in [
            UserCursor(.byNumber, UserPlace(.integer(7), number: 7)),
            UserCursor(UserOrder(.email, isDescending: true), UserPlace(.text("\u{E9}@x.example"), number: 1)),
            UserCursor(UserOrder(.lastSignInAt), UserPlace(.integer(0), number: .max)),
        ] { #expect(UserCursor(cursor.text) == cursor) }
        let good = UserCursor(UserOrder(.username), UserPlace(.text("ana"), number: 3)).text
        for bad in [
            "", "7", "AAAA", good + "=", good + "!", String(good.dropLast(3)) + "gIA",
            Base64URL.encode([4] + [UInt8](repeating: 0, count: 8)),
            Base64URL.encode([2] + [UInt8](repeating: 0, count: 8) + [0xFF, 0xFE]),
            Base64URL.encode([2] + [UInt8](repeating: 0, count: 8) + [0x41, 0]),
            Base64URL.encode([0] + [UInt8](repeating: 0, count: 15) + [1]),
            Base64URL.encode([0xFE] + [UInt8](repeating: 0, count: 16)),
            Base64URL.encode([2] + [0x80] + [UInt8](repeating: 0, count: 7) + [0x41]),
            String(repeating: "A", count: 5_000),
        ] { #expect(UserCursor(bad) == nil, "\(bad.prefix(40))") }
        try await withWorld(.sqlite) { world in
            let cursor = try #require(UserCursor(good))
            guard
                case .wrongCursor = try await world.useCases.listUsers(
                    .init(), in: world.realm.name, UserOrder(.email), after: cursor, limit: 1)
            else {
                Issue.record("a cursor of another order")
                return
            }
        }
    }
}

extension World {
    /// An account without a password.
    func person(_ name: String) async throws -> User {
        let outcome = try await useCases.accounts.addPerson(
            AddPerson.Input(username: name, email: "\(name)@example.com", language: nil, isInvited: false), in: realm,
            by: .commandLine)
        guard case .added(let user, _) = outcome else { throw WorldFault.refused("\(outcome)") }
        return user
    }

    fileprivate func page(
        _ filter: ListUsers.Filter = .init(), order: UserOrder = .byNumber, after cursor: UserCursor? = nil,
        limit: Int = 50
    ) async throws -> ListUsers.Page {
        let outcome = try await useCases.listUsers(filter, in: realm.name, order, after: cursor, limit: limit)
        guard case .page(let page) = outcome else { throw WorldFault.refused("\(outcome)") }
        return page
    }

    fileprivate func walk(_ order: UserOrder, limit: Int) async throws -> [String] {
        var names: [String] = []
        var cursor: UserCursor?
        repeat {
            let page = try await page(order: order, after: cursor, limit: limit)
            names += page.users.map(\.username.text)
            cursor = page.next
        } while cursor != nil && names.count < 100
        return names
    }
}
