internal import Domain
internal import Flows
internal import HTTP
internal import Standards
internal import Storage

/// One person's data as one JSON document, written while it is read.
///
/// `GET` and `POST /api/auth/my-data` for the person, `POST /api/admin/users/{id}/data-export` for requests by letter.
struct MyDataRoute: Sendable {
    let exportData: ExportData
    let prove: ProveAdministrator

    private struct Body: Sendable {
        let password: Secret
    }

    private static let body: Intake<Body> = .json(
        .object(
            Body.init(password:),
            Field(
                "password", .secret(bytes: 0...4_096, example: "correct horse battery staple"), \.password,
                "The present one.")))

    func routes(_ auth: String, _ admin: String) -> [Route] {
        let own = "\(auth)/my-data"
        let others = "\(admin)/users/{id}/data-export"
        let person = Access<Member>.signedIn
        let administrator = Access<Authorized>.admin(.usersExport)
        return [
            Route(
                document: .get, own, person, bodyLimit: 4_096,
                "Everything that is kept about the caller, as one JSON document; soon after signing in (`accounts.fresh_sign_in`).",
                Intake<Void>.nothing, refusals: [.proofNeeded, .tooManyTries(.seconds(1))]
            ) { (_, member) throws(StoreFault) in try await answer(nil, member) },
            Route(
                document: .post, own, person, bodyLimit: 16_384,
                "The same at any time, with the password.", Self.body,
                refusals: [.wrongPassword, .tooManyTries(.seconds(1))]
            ) { (input, member) throws(StoreFault) in try await answer(input.password, member) },
            Route(
                document: .post, others, administrator, bodyLimit: 16_384,
                "Everything that is kept about a user, as one JSON document: for requests that come by letter.",
                Intake<(PathID<User>, CurrentPassword)>.path(
                    PathID.schema("The user's id."),
                    and: .optionalJSON(CurrentPassword.schema, absent: CurrentPassword(current: nil)), { ($0, $1) }),
                refusals: [.notFound, .aboveOwnRank] + ReproofRefusal.allCases.map(\.problem)
            ) { (input, caller) throws(StoreFault) in
                let (path, proof) = input
                if let refusal = try await prove(
                    caller.result, password: proof.current, in: caller.realm, from: caller.source)
                {
                    return refusal.problem.response
                }
                return Self.response(try await exportData.of(path.id.text, in: caller.realm, by: Actor(caller)))
            },
        ]
    }

    private func answer(_ password: Secret?, _ member: Member) async throws(StoreFault) -> Response {
        let outcome = try await exportData.own(
            of: member.principal, password: password, in: member.realm, by: Actor(member))
        return Self.response(outcome)
    }

    private static func response(_ outcome: ExportData.Outcome) -> Response {
        switch outcome {
        case .refused(.proofNeeded): return Problem.proofNeeded.response
        case .refused(.wrongPassword): return Problem.wrongPassword.response
        case .refused(.wait(let delay)): return Problem.tooManyTries(delay).response
        case .refused(.noSuchUser): return Problem.notFound.response
        case .refused(.deed(let refusal)): return refusal.problem.response
        case .bundle(let bundle):
            return Response(status: 200, headers: .json, stream: BodyStream { await bundle.next() })
        }
    }
}

extension Problem {
    fileprivate static let proofNeeded = Problem(
        status: 403, code: "proof_required", message: "Sign in again, or send the password")
    fileprivate static let wrongPassword = Problem(
        status: 403, code: "wrong_password", message: "Wrong password")
    fileprivate static func tooManyTries(_ delay: Duration) -> Problem {
        Problem(status: 429, code: "too_many_tries", message: "Too many tries, wait a while", retryAfter: delay)
    }
}

extension Route {
    /// A document that is written while it is read.
    init<Input: Sendable, Caller: Sendable>(
        document method: Method, _ path: String, _ access: Access<Caller>, bodyLimit: Int, _ sentence: String,
        _ input: Intake<Input>, refusals: [Problem], response: SchemaDescription = .anyObject,
        media: String = "application/json", fields: Headers = .json,
        _ answer: @escaping @Sendable (Input, Caller) async throws(StoreFault) -> Response
    ) {
        let rule = access.rule
        let reading = RouteDescription.reading(input.description, access: rule)
        let description = RouteDescription(
            sentence: sentence, path: reading.path, query: reading.query, request: reading.request,
            isBodyOptional: reading.isBodyOptional, response: response, media: media,
            responseFields: SchemaDescription.Member.describing(fields),
            problems: RouteDescription.distinct(reading.problems + refusals))
        self.init(method, path, rule, bodyLimit: bodyLimit, description) { (request, gate) throws(StoreFault) in
            let result: AuthResult?
            switch try await gate.check(rule, request, route: path) {
            case .admitted(let found): result = found
            case .refused(let problem): return problem.response
            }
            let visitor = Visitor(request: request, realm: gate.realm, client: gate.client)
            guard let result, let caller = access.caller(visitor, result) else {
                return Problem.personRequired.response
            }
            var response: Response
            switch input.read(request, gate.parameters) {
            case .input(let value): response = try await answer(value, caller)
            case .refused(let problem): response = problem.response
            case .misshapen(let problems, _): response = Problem.validation(problems).response
            }
            response.caller = result.principal
            return response
        }
    }
}
