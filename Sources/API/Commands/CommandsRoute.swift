internal import Domain
internal import Flows
internal import HTTP
internal import Standards
internal import Storage

/// `POST /api/admin/commands`: carries out a command of the command line, for whoever holds what it needs.
///
/// The realm is where the request was sent. A command that was understood is answered with its own reply, whatever
/// became of it; one that was refused has beside it what every error has.
struct CommandsRoute: Sendable {
    let commands: RemoteCommands
    let path: String

    private static let bodyLimit = 65_536

    var route: Route { Route(.post, path, .proven, bodyLimit: Self.bodyLimit, Self.description, answer) }

    private func answer(_ request: Request, _ gate: Gate) async throws(StoreFault) -> Response {
        switch try await gate.check(.proven, request, route: path) {
        case .refused(let problem): return problem.response
        case .admitted(nil): return Problem.authenticationRequired(tokenWasPresented: false).response
        case .admitted(let result?):
            var response = try await answer(request, result, gate)
            response.caller = result.principal
            return response
        }
    }

    private func answer(
        _ request: Request, _ result: AuthResult, _ gate: Gate
    ) async throws(StoreFault) -> Response {
        guard MediaType.isJSON(request.headers["Content-Type"]) else { return Problem.unsupportedMediaType.response }
        guard let body = try? JSON.parse(request.body) else { return Problem.malformedJSON.response }
        guard body["command"]?.string != nil else { return Problem.validation([Self.nameMissing]).response }
        guard let command = commands.read(body) else { return Problem.unknownCommand.response }
        if let (problem, reason) = refusal(of: command.need, to: result, in: gate.realm) {
            return gate.sendAway(with: problem, reason, request, path, result).response
        }
        // What the routes for people ask a password for, nobody does with whatever session was found open.
        if command.needsProof, result.principal != nil {
            let problem = ReproofRefusal.proofRequired.problem
            return gate.sendAway(with: problem, problem.code, request, path, result).response
        }
        return Self.response(try await command.perform(gate.realm, Actor(result, from: Source(request))))
    }

    private func refusal(
        of need: RemoteCommands.Need, to result: AuthResult, in realm: Realm
    ) -> (Problem, reason: String)? {
        let wanted: Permission.Pair
        switch need {
        case .local: return (.localOnly, "local_only")
        case .operators(let pair):
            guard realm.name == .system else { return (.operatorsOnly, "operators_only") }
            wanted = pair
        case .permission(let pair): wanted = pair
        }
        if result.grants.hasPermission(wanted.description) { return nil }
        // Whoever administers a realm may what an application can be given there.
        if result.principal != nil, result.grants.hasRole(Role.adminName) { return nil }
        return (.permissionRequired(wanted), "permission_required")
    }

    private static func response(_ reply: RemoteCommands.Reply) -> Response {
        guard let problem = Problem(reply) else {
            return Response(status: 200, headers: .json, body: reply.json.bytes)
        }
        let members = (reply.json.members ?? []).filter { $0.name != "error" && $0.name != "code" }
        let body = JSON.object(
            [JSON.Member("error", .string(problem.message)), JSON.Member("code", .string(problem.code))] + members)
        var response = problem.response
        response.body = body.bytes
        return response
    }

    private static let nameMissing = FieldProblem(field: "command", code: "required", message: "is required")

    private static let description = RouteDescription(
        sentence: """
            Carries out a command of the command line, `aldrava --server`; each needs a permission of its own. \
            What it answers is what the command prints.
            """,
        request: .json(
            .object([
                SchemaDescription.Member(
                    name: "command", isRequired: true,
                    shape: .text(characters: 1...Int.max, bytes: 1...128, example: "role.list"),
                    sentence: "Its topic and its word; what else it needs are further members.")
            ])),
        response: reply,
        problems: RouteDescription.distinct(
            [
                .authenticationRequired(tokenWasPresented: true), .malformedJSON, .unsupportedMediaType,
                .contentTooLarge, .validation([]), .unknownCommand, .localOnly, .operatorsOnly,
                .permissionRequired(AdminRight.rolesRead.pair), ReproofRefusal.proofRequired.problem,
            ] + RemoteCommands.Reply.Outcome.allCases.compactMap { Problem(.init($0, message: "", json: .object([]))) }
        ))

    private static let reply = SchemaDescription.named(
        "CommandReply",
        .object([
            SchemaDescription.Member(
                name: "outcome", isRequired: true, shape: .choice(["done", "refused", "unavailable"]),
                sentence: "What became of it."),
            SchemaDescription.Member(
                name: "message", isRequired: true,
                shape: .text(characters: 0...Int.max, bytes: 0...Int.max, example: ""),
                sentence: "For people: whole sentences, or a few lines."),
            SchemaDescription.Member(
                name: "result", isRequired: true, shape: .anyObject, sentence: "The same for programs."),
            SchemaDescription.Member(
                name: "table", isRequired: false, shape: .anyObject, sentence: "What people see where there are rows.",
                isInExample: false),
            SchemaDescription.Member(
                name: "output", isRequired: false,
                shape: .text(characters: 0...Int.max, bytes: 0...Int.max, example: ""),
                sentence: "What alone goes to standard output, so that it can be piped.", isInExample: false),
        ]))
}

extension Problem {
    static let unknownCommand = Problem(
        status: 400, code: "unknown_command",
        message: "This server does not know the command with these members; it may be of another version")
    static let localOnly = Problem(
        status: 403, code: "local_only", message: "That can be done on the server's own machine only")
    static let operatorsOnly = Problem(
        status: 403, code: "operators_only", message: "That can be done in the operators' realm only")

    /// `nil` for a command that was carried out. Its sentence is the command's own.
    fileprivate init?(_ reply: RemoteCommands.Reply) {
        func message(_ usual: String) -> String { reply.message.isEmpty ? usual : reply.message }
        switch reply.outcome {
        case .done: return nil
        case .notFound: self.init(status: 404, code: "nothing_of_that_name", message: message("There is no such thing"))
        case .refused: self.init(status: 409, code: "command_refused", message: message("The command was refused"))
        case .invalid:
            self.init(status: 422, code: "command_invalid", message: message("Something is not as it must be"))
        case .unavailable:
            self.init(
                status: 503, code: "command_unavailable", message: message("The command cannot be carried out now"),
                retryAfter: .seconds(1))
        }
    }
}
