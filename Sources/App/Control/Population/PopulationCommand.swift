internal import Domain
internal import Flows
internal import Standards
internal import Storage

/// What whole populations need of the database, one slice at a time; the commands are put together from these.
enum PopulationCommand: Sendable {
    /// That an import begins, or how it ended.
    case note(stage: String, run: ID<Event>, counts: [(name: String, count: Int)])
    case take([ImportedUser], ImportUsers.Conflict, isDryRun: Bool, createsRoles: Bool, run: ID<Event>)
    case beginExport
    case export(PageRequest)
    case outline(PageRequest)
    /// Shuts a user out who was found to be missing elsewhere.
    case disable(ID<User>)
}

extension PopulationCommand: ControlTopic {
    static let name = "population"

    var wire: (word: String, members: [JSON.Member]) {
        switch self {
        case .note(let stage, let run, let counts):
            (
                "note",
                [
                    JSON.Member("stage", .string(stage)), JSON.Member("run", .string(run.text)),
                    JSON.Member(
                        "counts", .object(counts.map { JSON.Member($0.name, .integer(Int64($0.count))) })),
                ]
            )
        case .take(let users, let onConflict, let isDryRun, let createsRoles, let run):
            (
                "take",
                [
                    JSON.Member("run", .string(run.text)), JSON.Member("on_conflict", .string(onConflict.rawValue)),
                    JSON.Member("dry_run", .bool(isDryRun)), JSON.Member("create_roles", .bool(createsRoles)),
                    JSON.Member("lines", .array(users.map { .integer(Int64($0.line)) })),
                    JSON.Member("rows", .array(users.map(\.row.json))),
                ]
            )
        case .beginExport: ("begin_export", [])
        case .export(let page): ("export", page.members)
        case .outline(let page): ("outline", page.members)
        case .disable(let user): ("disable", [JSON.Member("user", .string(user.text))])
        }
    }

    var need: CommandNeed { .local }

    init?(word: String, _ json: JSON) {
        switch word {
        case "note":
            guard let stage = json["stage"]?.string, let run = json["run"]?.string.flatMap({ ID<Event>($0) }),
                let counts = json["counts"]?.members
            else { return nil }
            self = .note(
                stage: stage, run: run,
                counts: counts.map { ($0.name, $0.value.integer.flatMap { Int(exactly: $0) } ?? 0) })
        case "take":
            guard let run = json["run"]?.string.flatMap({ ID<Event>($0) }),
                let onConflict = json["on_conflict"]?.string.flatMap({ ImportUsers.Conflict(rawValue: $0) }),
                let isDryRun = json["dry_run"]?.bool, let createsRoles = json["create_roles"]?.bool,
                let lines = json["lines"]?.array, let rows = json["rows"]?.array, lines.count == rows.count
            else { return nil }
            var users: [ImportedUser] = []
            for (line, row) in zip(lines, rows) {
                // The other side read it the same way before it was sent.
                guard let line = line.integer.flatMap({ Int(exactly: $0) }), let row = ImportRow(row, line: line),
                    case .user(let user) = row.read()
                else { return nil }
                users.append(user)
            }
            self = .take(users, onConflict, isDryRun: isDryRun, createsRoles: createsRoles, run: run)
        case "begin_export": self = .beginExport
        case "export", "outline":
            guard let page = PageRequest(json) else { return nil }
            self = word == "export" ? .export(page) : .outline(page)
        case "disable":
            guard let user = json["user"]?.string.flatMap({ ID<User>($0) }) else { return nil }
            self = .disable(user)
        default: return nil
        }
    }
}

extension ControlRequest {
    init(realm: String, _ command: PopulationCommand) {
        self.init(realm: realm, command: ControlCommand(topic: command))
    }
}
