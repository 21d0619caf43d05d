internal import Domain
internal import Flows
internal import Standards
internal import Storage

/// What the law gives a person: their data, and their end.
public enum PersonCommand: Sendable {
    /// A piece of everything that is known about a user; `place` is where the piece before ended.
    case data(String, place: String?)
    case erase(String)
    /// What a user agreed to, and took back; oldest first.
    case consents(String, PageRequest)
}

extension ControlCommand {
    public static func person(_ command: PersonCommand) -> ControlCommand { ControlCommand(topic: command) }
}

extension PersonCommand: ControlTopic {
    static let name = "person"

    var wire: (word: String, members: [JSON.Member]) {
        switch self {
        case .data(let user, let place):
            (
                "data",
                [JSON.Member("user", .string(user)), JSON.Member("place", place.map { .string($0) } ?? .null)]
            )
        case .erase(let user): ("erase", [JSON.Member("user", .string(user))])
        case .consents(let user, let page): ("consents", [JSON.Member("user", .string(user))] + page.members)
        }
    }

    var need: CommandNeed {
        switch self {
        case .data: .right(.usersExport)
        case .erase: .right(.usersDelete)
        case .consents: .right(.usersRead)
        }
    }

    var needsProof: Bool {
        switch self {
        case .data, .erase: true
        case .consents: false
        }
    }

    init?(word: String, _ json: JSON) {
        guard let user = json["user"]?.string else { return nil }
        switch word {
        case "data": self = .data(user, place: json["place"]?.string)
        case "erase": self = .erase(user)
        case "consents":
            guard let page = PageRequest(json) else { return nil }
            self = .consents(user, page)
        default: return nil
        }
    }

    func perform(
        in realm: Realm, by actor: Actor, _ premises: Premises
    ) async throws(StoreFault) -> ControlReply {
        let privacy = premises.useCases.privacy
        switch self {
        case .data(let user, let place):
            let bundle: DataBundle
            if let place {
                guard let id = ID<User>(user), let next = privacy.exportData.goOn(of: id, in: realm, from: place) else {
                    return ControlReply(.refused, "The place is none.", ["code": "no_such_place"])
                }
                bundle = next
            } else {
                switch try await privacy.exportData.of(user, in: realm, by: actor) {
                case .bundle(let begun): bundle = begun
                case .refused(.deed(let refusal)): return ControlReply(refusal)
                case .refused: return .noSuchUser(user)
                }
            }
            let piece = await bundle.next() ?? []
            return ControlReply(
                .done, "",
                [
                    "user": .string(bundle.user.text),
                    "place": bundle.place.map { .string($0) } ?? .null,
                ], output: String(decoding: piece, as: UTF8.self))
        case .erase(let user):
            switch try await privacy.eraseUser(user, in: realm, by: actor) {
            case .erased(let report): return ControlReply(report, isServing: premises.isServing)
            case .noSuchUser: return .noSuchUser(user)
            case .refused(let refusal): return ControlReply(refusal)
            }
        case .consents(let user, let page):
            let after = page.after.flatMap { Int64($0) } ?? 0
            guard let found = try await privacy.consents.list(of: user, in: realm, after: after, limit: page.limit)
            else { return .noSuchUser(user) }
            return ControlReply(found, of: user)
        }
    }
}

extension ControlReply {
    fileprivate init(_ page: ManageConsents.Page, of user: String) {
        self.init(
            page: "consents", page.history.map(\.json), next: page.next.map { "\($0)" },
            table: Table(
                ["DOCUMENT", "VERSION", "DECISION", "AT", "EVENT"],
                page.history.map {
                    [
                        $0.document, "\($0.version)", $0.isGiven ? "given" : "withdrawn", $0.at.iso8601,
                        $0.event.text,
                    ]
                }), empty: "'\(user)' was never asked, and agreed to nothing.")
    }
}

extension ManageConsents.Decision {
    fileprivate var json: JSON {
        [
            "document": .string(document), "version": .integer(version), "digest": .string(digest),
            "given": .bool(isGiven), "at": .string(at.iso8601), "ip": origin.map { .string($0.address) } ?? .null,
            "event_id": .string(event.text),
        ]
    }
}

extension ControlReply {
    /// What is to be told to whoever asked for the erasure.
    fileprivate init(_ report: ErasureReport, isServing: Bool) {
        let database =
            report.isOutOfDatabase
            ? "its files hold nothing of the person any more"
            : "nothing can be read; dead rows and the write-ahead log are for its operator, see docs/PRIVACY.md"
        let logs =
            isServing
            ? "are being cleaned now; 'erased_from_logs' in the system log says when that is done"
            : "will be cleaned when the server starts"
        let copies =
            report.backupsEnd.map { "no copy can be read from \($0.iso8601) on" }
            ?? "as long as you keep them; set privacy.backup_retention_days to have the date told"
        self.init(
            .done,
            [
                "erased: \(report.user)", "at: \(report.erasedAt.iso8601)", "database: \(database)",
                "log files: \(logs)", "backups: \(copies)",
            ].joined(separator: "\n"),
            [
                "user_id": .string(report.user.text), "erased_at": .string(report.erasedAt.iso8601),
                "database_clean": .bool(report.isOutOfDatabase),
                "unreadable_from": report.backupsEnd.map { .string($0.iso8601) } ?? .null,
            ])
    }
}

extension ControlReply {
    /// The piece of a person's data that this reply is, if it is one, and where to go on; `nil` at the end.
    public var piece: (text: String, user: String, next: String?)? {
        guard outcome == .done, let output, let user = result["user"]?.string else { return nil }
        return (output, user, result["place"]?.string)
    }

    /// The id and the name of the user that this reply shows.
    public var shownUser: (id: String, username: String)? {
        guard outcome == .done, let id = result["id"]?.string, let name = result["username"]?.string else { return nil }
        return (id, name)
    }
}
