internal import Domain
internal import Flows
internal import Standards
internal import Storage

/// What can be done about operators who act inside a realm.
public enum ImpersonationCommand: Sendable {
    case begin(Wish)
    case list(PageRequest)
    case end(String)

    public struct Wish: Sendable {
        /// A user of the realm `system`: his id, e-mail address or username.
        let `operator`: String
        let user: String
        let reason: String
        let minutes: Int64
        let mayWrite: Bool

        public init(operator: String, user: String, reason: String, minutes: Int64, mayWrite: Bool) {
            self.operator = `operator`
            self.user = user
            self.reason = reason
            self.minutes = minutes
            self.mayWrite = mayWrite
        }
    }
}

extension ControlCommand {
    public static func impersonation(_ command: ImpersonationCommand) -> ControlCommand {
        ControlCommand(topic: command)
    }
}

extension ImpersonationCommand: ControlTopic {
    static let name = "impersonation"

    var wire: (word: String, members: [JSON.Member]) {
        switch self {
        case .begin(let wish):
            (
                "begin",
                [
                    JSON.Member("operator", .string(wish.operator)), JSON.Member("user", .string(wish.user)),
                    JSON.Member("reason", .string(wish.reason)), JSON.Member("minutes", .integer(wish.minutes)),
                    JSON.Member("write", .bool(wish.mayWrite)),
                ]
            )
        case .list(let page): ("list", page.members)
        case .end(let id): ("end", [JSON.Member("impersonation", .string(id))])
        }
    }

    /// Whom it begins for is only told, not proven.
    var need: CommandNeed { .local }

    init?(word: String, _ json: JSON) {
        switch word {
        case "begin":
            guard let name = json["operator"]?.string, let user = json["user"]?.string,
                let reason = json["reason"]?.string, let minutes = json["minutes"]?.integer,
                let mayWrite = json["write"]?.bool
            else { return nil }
            self = .begin(Wish(operator: name, user: user, reason: reason, minutes: minutes, mayWrite: mayWrite))
        case "list":
            guard let page = PageRequest(json) else { return nil }
            self = .list(page)
        case "end":
            guard let id = json["impersonation"]?.string else { return nil }
            self = .end(id)
        default: return nil
        }
    }

    func perform(
        in realm: Realm, by actor: Actor, _ premises: Premises
    ) async throws(StoreFault) -> ControlReply {
        let flows = premises.useCases.impersonation
        switch self {
        case .begin(let wish):
            let input = BeginImpersonation.Input(
                realm: realm.name, user: wish.user, reason: wish.reason, minutes: wish.minutes,
                mayWrite: wish.mayWrite)
            switch try await flows.begin(input, as: wish.operator) {
            case .begun(let tokens, let stored): return ControlReply(tokens, stored)
            case .refused(let refusal): return ControlReply(refusal, wish, realm)
            }
        case .list(let page):
            let before = page.after.flatMap { ID<Impersonation>($0) }
            guard let found = try await flows.list(realm: realm.name, before: before, limit: page.limit) else {
                return ControlReply(.refused, "There is no realm '\(realm.name)'.", ["code": "no_such_realm"])
            }
            return ControlReply(
                page: "impersonations", found.entries.map(\.json), next: found.next?.text,
                table: Table(
                    ["ID", "USER", "OPERATOR", "STATE", "WRITE", "STARTED", "ENDS AT THE LATEST", "REASON"],
                    found.entries.map(\.row)), empty: "Nobody acted as somebody else here.")
        case .end(let text):
            guard let id = ID<Impersonation>(text) else { return .noSuchImpersonation(text) }
            switch try await flows.end(id, in: realm.name, by: actor) {
            case .ended:
                return ControlReply(
                    .done, "Impersonation \(id) ended; that holds from the next request on.",
                    ["impersonation": .string(id.text), "changed": true])
            case .wasOver:
                return ControlReply(
                    .done, "Impersonation \(id) was over already.",
                    ["impersonation": .string(id.text), "changed": false])
            case .noSuchImpersonation: return .noSuchImpersonation(text)
            }
        }
    }
}

extension ControlReply {
    fileprivate static func noSuchImpersonation(_ id: String) -> ControlReply {
        ControlReply(.refused, "There is no impersonation '\(id)'.", ["code": "no_such_impersonation"])
    }

    /// The access token alone goes to standard output.
    fileprivate init(_ tokens: SignedIn, _ stored: StoredImpersonation) {
        let acting = stored.acting
        self.init(
            .done,
            "Impersonation \(acting.id) begun, \(acting.mayWrite ? "with writing" : "for looking only"), until "
                + "\(acting.endsAt.iso8601) at the latest; the person was written to. This is the access token, good "
                + "until \(tokens.accessExpiresAt.iso8601).",
            [
                "impersonation": .string(acting.id.text), "user": .string(stored.user.text),
                "session": .string(stored.session.text), "write": .bool(acting.mayWrite),
                "ends_at": .string(acting.endsAt.iso8601), "token": .string(tokens.accessToken),
                "expires_at": .string(tokens.accessExpiresAt.iso8601), "refresh_token": .string(tokens.refreshToken),
            ], output: tokens.accessToken)
    }

    fileprivate init(_ refusal: BeginImpersonation.Refusal, _ wish: ImpersonationCommand.Wish, _ realm: Realm) {
        switch refusal {
        case .invalid(let problems): self = .invalid(problems)
        case .noSuchRealm:
            self.init(
                .refused, "Nobody acts as somebody else in the realm '\(realm.name)'.", ["code": "no_such_realm"])
        case .noSuchUser: self = .noSuchUser(wish.user)
        case .notUsable:
            self.init(
                .refused, "'\(wish.user)' is disabled, banned or deactivated.", ["code": "account_not_usable"])
        case .notAnOperator, .reproof:
            self.init(
                .refused,
                "'\(wish.operator)' is nobody of the realm 'system' who holds \(AdminRight.impersonate.rawValue).",
                ["code": "not_an_operator"])
        }
    }
}

extension ListImpersonations.Entry {
    private var state: String { ending?.rawValue ?? "active" }

    fileprivate var row: [String] {
        let acting = stored.acting
        return [
            acting.id.text, username, acting.name, state, acting.mayWrite ? "yes" : "no", acting.startedAt.iso8601,
            acting.endsAt.iso8601, acting.reason,
        ]
    }

    fileprivate var json: JSON {
        let acting = stored.acting
        return [
            "id": .string(acting.id.text), "user": .string(stored.user.text), "username": .string(username),
            "session": .string(stored.session.text), "operator_id": .string(acting.impersonator.text),
            "operator": .string(acting.name), "reason": .string(acting.reason), "write": .bool(acting.mayWrite),
            "active": .bool(ending == nil), "end": ending.map { .string($0.rawValue) } ?? .null,
            "started_at": .string(acting.startedAt.iso8601), "ends_at": .string(acting.endsAt.iso8601),
            "ended_at": stored.endedAt.map { .string($0.iso8601) } ?? .null,
        ]
    }
}
