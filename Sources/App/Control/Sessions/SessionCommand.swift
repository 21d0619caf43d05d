internal import Domain
internal import Flows
internal import Standards
internal import Storage

/// What can be done about sessions.
public enum SessionCommand: Sendable {
    case list(user: String, PageRequest)
    case end(String)
    case endAll(user: String)
}

extension ControlCommand {
    public static func session(_ command: SessionCommand) -> ControlCommand { ControlCommand(topic: command) }
}

extension SessionCommand: ControlTopic {
    static let name = "session"

    var wire: (word: String, members: [JSON.Member]) {
        switch self {
        case .list(let user, let page): ("list", [JSON.Member("user", .string(user))] + page.members)
        case .end(let session): ("end", [JSON.Member("session", .string(session))])
        case .endAll(let user): ("end_all", [JSON.Member("user", .string(user))])
        }
    }

    var need: CommandNeed {
        switch self {
        case .list: .right(.sessionsRead)
        case .end, .endAll: .right(.sessionsEnd)
        }
    }

    init?(word: String, _ json: JSON) {
        switch word {
        case "list":
            guard let user = json["user"]?.string, let page = PageRequest(json) else { return nil }
            self = .list(user: user, page)
        case "end":
            guard let session = json["session"]?.string else { return nil }
            self = .end(session)
        case "end_all":
            guard let user = json["user"]?.string else { return nil }
            self = .endAll(user: user)
        default: return nil
        }
    }

    func perform(
        in realm: Realm, by actor: Actor, _ premises: Premises
    ) async throws(StoreFault) -> ControlReply {
        let useCases = premises.useCases
        switch self {
        case .list(let user, let page):
            let after = page.after.flatMap { ID<Session>($0) }
            switch try await useCases.listSessions(of: user, in: realm.name, after: after, limit: page.limit) {
            case .page(let sessions, let user, let next): return ControlReply(sessions, of: user, next: next)
            case .noSuchUser: return .noSuchUser(user)
            }
        case .end(let text):
            guard let id = ID<Session>(text) else { return .noSuchSession(text) }
            switch try await useCases.endSession(id, in: realm.name, by: actor) {
            case .ended(let user, _):
                return ControlReply(
                    .done, "Session \(id) of '\(user.username)' ended; that holds from the next request on.",
                    ["session": .string(id.text), "changed": true])
            case .wasOver(let user):
                return ControlReply(
                    .done, "Session \(id) of '\(user.username)' was over already.",
                    ["session": .string(id.text), "changed": false])
            case .noSuchSession: return .noSuchSession(text)
            case .refused(let refusal): return ControlReply(refusal)
            }
        case .endAll(let user): return try await Self.endAll(of: user, in: realm, by: actor, premises)
        }
    }

    /// Signs a user out everywhere.
    static func endAll(
        of reference: String, in realm: Realm, by actor: Actor, _ premises: Premises
    ) async throws(StoreFault) -> ControlReply {
        switch try await premises.useCases.endSession.all(of: reference, in: realm.name, by: actor) {
        case .ended(let count, let user):
            let sentence =
                switch count {
                case 0: "'\(user.username)' had no session."
                case 1: "One session of '\(user.username)' ended; that holds from the next request on."
                default: "\(count) sessions of '\(user.username)' ended; that holds from the next request on."
                }
            return ControlReply(.done, sentence, ["user": .string(user.id.text), "ended": .integer(count)])
        case .noSuchUser: return .noSuchUser(reference)
        case .refused(let refusal): return ControlReply(refusal)
        }
    }
}

extension ControlReply {
    /// A text that is no id names no session either.
    fileprivate static func noSuchSession(_ session: String) -> ControlReply {
        ControlReply(.refused, "There is no session '\(session)'.", ["code": "no_such_session"])
    }

    fileprivate init(_ sessions: [PlacedSession], of user: User, next: ID<Session>?) {
        self.init(
            page: "sessions", sessions.map(\.json), next: next?.text,
            table: Table(
                ["SESSION", "CLIENT", "CREATED", "LAST ACTIVITY", "ENDS AT THE LATEST", "IP", "DEVICE"],
                sessions.map {
                    [
                        $0.session.id.text, $0.session.client, $0.session.createdAt.iso8601,
                        $0.session.lastActivityAt.iso8601, $0.session.absoluteEnd.iso8601, $0.origin.address,
                        $0.origin.userAgent,
                    ]
                }), empty: "'\(user.username)' has no session.")
    }
}

extension PlacedSession {
    fileprivate var json: JSON {
        [
            "id": .string(session.id.text), "user_id": .string(session.user.text), "client": .string(session.client),
            "created_at": .string(session.createdAt.iso8601),
            "last_activity_at": .string(session.lastActivityAt.iso8601),
            "idle_end": .string(session.idleEnd.iso8601), "absolute_end": .string(session.absoluteEnd.iso8601),
            "parent": session.parent.map { .string($0.text) } ?? .null, "amr": .array(session.amr.map { .string($0) }),
            "ip": .string(origin.address),
            "user_agent": .string(origin.userAgent),
        ]
    }
}
