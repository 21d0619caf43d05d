internal import Domain
internal import Flows
internal import Standards
internal import Storage

extension PopulationCommand {
    /// Beside a server, so few that nobody waits for SQLite's only writer; nobody does where there is none.
    private static let usersPerTransactionWhileServing = 25

    func perform(
        in realm: Realm, by actor: Actor, _ premises: Premises
    ) async throws(StoreFault) -> ControlReply {
        let flows = premises.useCases.population
        switch self {
        case .note(let stage, let run, let counts):
            try await flows.importUsers.note(stage, run: run, counts, in: realm)
            return ControlReply(.done, "")
        case .take(let users, let onConflict, let isDryRun, let createsRoles, let run):
            let options = ImportUsers.Options(
                onConflict: onConflict, isDryRun: isDryRun, createsRoles: createsRoles,
                perTransaction: premises.isServing ? Self.usersPerTransactionWhileServing : users.count)
            return ControlReply(.done, "", try await flows.importUsers(users, options, run: run, in: realm).json)
        case .beginExport:
            try await flows.exportUsers.begin(in: realm.name)
            return ControlReply(.done, "")
        case .export(let page):
            let after = page.after.flatMap { Int64($0) } ?? 0
            let (rows, next) = try await flows.exportUsers(in: realm, after: after, limit: page.limit)
            return ControlReply(page: "users", rows.map(\.json), next: next)
        case .outline(let page):
            let after = page.after.flatMap { Int64($0) } ?? 0
            let (users, next) = try await flows.outlineUsers(in: realm.name, after: after, limit: page.limit)
            return ControlReply(page: "users", users.map(\.json), next: next)
        case .disable(let user):
            let outcome = try await premises.useCases.setUserActive(
                false, user: user.text, in: realm, by: actor)
            if case .noSuchUser = outcome { return .noSuchUser(user.text) }
            return ControlReply(.done, "")
        }
    }
}

extension ControlReply {
    fileprivate init(page name: String, _ items: [JSON], next: Int64?) {
        self.init(
            .done, "",
            .object([
                JSON.Member(name, .array(items)), JSON.Member("next", next.map { .string("\($0)") } ?? .null),
            ]))
    }
}

extension ImportTally {
    var json: JSON {
        .object(
            counts.map { JSON.Member($0.name, .integer(Int64($0.count))) } + [
                JSON.Member("problems", .array(problems.map(\.json)))
            ])
    }

    /// `nil` for anything that ``json`` would not have written.
    init?(_ json: JSON) {
        func count(_ name: String) -> Int? { json[name]?.integer.flatMap { Int(exactly: $0) } }
        guard let created = count("created"), let updated = count("updated"), let unchanged = count("unchanged"),
            let skipped = count("skipped"), let refused = count("refused"), let list = json["problems"]?.array
        else { return nil }
        self.init()
        (self.created, self.updated, self.unchanged) = (created, updated, unchanged)
        (self.skipped, self.refused) = (skipped, refused)
        problems = list.compactMap { ImportProblem($0) }
    }
}

extension ImportProblem {
    var json: JSON {
        [
            "line": .integer(Int64(line)), "field": .string(field), "code": .string(code), "message": .string(message),
        ]
    }

    init?(_ json: JSON) {
        guard let line = json["line"]?.integer.flatMap({ Int(exactly: $0) }), let field = json["field"]?.string,
            let code = json["code"]?.string, let message = json["message"]?.string
        else { return nil }
        self.init(line: line, field: field, code: code, message: message)
    }
}

extension UserOutline {
    fileprivate var json: JSON {
        [
            "id": .string(id.text), "number": .integer(number), "username": .string(username.text),
            "email": .string(email.text), "key": .string(email.key), "active": .bool(isActive),
            "password": .bool(hasPassword), "signed_in": .bool(hasSignedIn), "subject_key": .bool(hasSubjectKey),
        ]
    }
}
