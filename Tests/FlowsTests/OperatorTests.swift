import Domain
import Flows
import Standards
import Storage
import TestSupport
import Testing

@Suite("What operators do about sessions and roles") struct OperatorTests {
    @Test(arguments: Backend.available)
    func `an ended session is refused at the next request, and its device alone`(_ backend: Backend) async throws {
        try await withWorld(backend) { world in
            let first = try await world.signUp()
            guard case .signedIn(let second) = try await world.signIn() else {
                Issue.record("not signed in")
                return
            }
            let principal = try await world.whoIs(first.accessToken).get()
            _ = try await world.whoIs(second.accessToken).get()
            let id = principal.session
            guard
                case .ended(let user, _) = try await world.useCases.endSession(
                    id, in: world.realm.name, by: .commandLine)
            else {
                Issue.record("not ended")
                return
            }
            #expect(user.id == first.user.id)
            #expect(try await world.word(first.accessToken) == "session_over")
            #expect(try await world.whoIs(second.accessToken).get().user.id == user.id)
            guard case .refused(.ended) = try await world.refresh(first.refreshToken) else {
                Issue.record("the session can be refreshed")
                return
            }
            guard case .wasOver = try await world.useCases.endSession(id, in: world.realm.name, by: .commandLine) else {
                Issue.record("ended twice")
                return
            }
            let last = try await world.events("end_session")
            #expect(last.count == 1)
            #expect(last.first?.confirmedBy == "cli" && last.first?.this["session"]?.string == id.text)
            #expect(last.first?.this["subject"]?["username"]?.string == "maria")
        }
    }

    @Test(arguments: Backend.available)
    func `all sessions of a user end at once, with one event`(_ backend: Backend) async throws {
        try await withWorld(backend) { world in
            let maria = try await world.signUp()
            let rui = try await world.signUp("rui")
            guard case .signedIn(let second) = try await world.signIn() else {
                Issue.record("not signed in")
                return
            }
            for token in [maria, second, rui] { _ = try await world.whoIs(token.accessToken).get() }
            guard
                case .ended(let count, _) = try await world.useCases.endSession.all(
                    of: "MARIA", in: world.realm.name, by: .commandLine)
            else {
                Issue.record("nobody")
                return
            }
            #expect(count == 2)
            #expect(try await world.word(maria.accessToken) == "session_over")
            #expect(try await world.word(second.accessToken) == "session_over")
            #expect(try await world.word(rui.accessToken) == "rui")
            guard
                case .ended(0, _) = try await world.useCases.endSession.all(
                    of: "maria", in: world.realm.name, by: .commandLine),
                case .noSuchUser = try await world.useCases.endSession.all(
                    of: "nobody", in: world.realm.name, by: .commandLine)
            else {
                Issue.record("ended twice")
                return
            }
            let events = try await world.events("end_sessions")
            #expect(events.count == 1)
            #expect(events.first?.this["target"]?.string == maria.user.id.text)
        }
    }

    @Test(arguments: Backend.available)
    func `a session of another realm is not there`(_ backend: Backend) async throws {
        try await withWorld(backend) { world in
            let token = try await world.signUp()
            let id = try await world.whoIs(token.accessToken).get().session
            guard case .noSuchSession = try await world.useCases.endSession(id, in: .system, by: .commandLine) else {
                Issue.record("found")
                return
            }
            #expect(try await world.word(token.accessToken) == "maria")
        }
    }

    @Test(arguments: Backend.available)
    func `a deleted role is gone at the next request, and one in use is not deleted by accident`(
        _ backend: Backend
    ) async throws {
        try await withWorld(backend) { world in
            let token = try await world.signUp()
            let name = world.realm.name
            _ = try await world.useCases.createRole(name: "editor", description: "", in: name, by: .commandLine)
            _ = try await world.useCases.changeGrant(
                .roleToUser(role: "editor", user: "maria"), isGrant: true, in: name, by: .commandLine)
            #expect(try await world.whoIs(token.accessToken).get().grants.hasRole("editor"))
            guard
                case .inUse(1) = try await world.useCases.deleteRole("editor", force: false, in: name, by: .commandLine),
                case .refused(.notThere) = try await world.useCases.deleteRole(
                    "editr", force: true, in: name, by: .commandLine)
            else {
                Issue.record("deleted")
                return
            }
            #expect(try await world.whoIs(token.accessToken).get().grants.hasRole("editor"))
            guard
                case .deleted(takenFrom: 1) = try await world.useCases.deleteRole(
                    "editor", force: true, in: name, by: .commandLine)
            else {
                Issue.record("not deleted")
                return
            }
            #expect(try await !world.whoIs(token.accessToken).get().grants.hasRole("editor"))
            let events = try await world.events("delete_role")
            #expect(events.map { $0.this["role"]?.string } == ["editor"])
        }
    }

    @Test(arguments: Backend.available)
    func `users are listed in pages, and found in any case and any width of letters`(_ backend: Backend) async throws {
        try await withWorld(backend) { world in
            for name in ["Maria", "Jos\u{E9}", "rui"] { _ = try await world.signUp(name) }
            func names(_ filter: ListUsers.Filter) async throws -> [String] {
                guard
                    case .page(let page) = try await world.useCases.listUsers(filter, in: world.realm.name, limit: 10),
                    page.next == nil
                else { return ["?"] }
                return page.users.map(\.username.text)
            }
            #expect(try await names(ListUsers.Filter(text: "MARIA")) == ["Maria"])
            #expect(try await names(ListUsers.Filter(text: "\u{FF4D}ari")) == ["Maria"])
            #expect(try await names(ListUsers.Filter(text: "JOSE\u{301}")) == ["Jos\u{E9}"])
            #expect(try await names(ListUsers.Filter(text: String(repeating: "x", count: 2_000))) == [])
            #expect(try await names(ListUsers.Filter(role: "user")).count == 3)
            guard
                case .page(let page) = try await world.useCases.listUsers(
                    ListUsers.Filter(), in: world.realm.name, limit: 2),
                case .page(let rest) = try await world.useCases.listUsers(
                    ListUsers.Filter(), in: world.realm.name, after: page.next, limit: 2),
                case .noSuchRole = try await world.useCases.listUsers(
                    ListUsers.Filter(role: "nope"), in: world.realm.name, limit: 2)
            else {
                Issue.record("no pages")
                return
            }
            #expect(page.users.count == 2 && rest.users.map(\.username.text) == ["rui"] && rest.next == nil)
        }
    }
}

extension World {
    /// Who a token belongs to, or why it is refused.
    fileprivate func word(_ token: String) async throws -> String {
        switch try await whoIs(token) {
        case .success(let principal): principal.user.username
        case .failure(let refused): refused.word
        }
    }
}
