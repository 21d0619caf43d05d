internal import Domain
internal import Flows
internal import HTTP
internal import Storage

/// `ANY /api/auth/verify`: whether a proxy may let a request through to an application (forward authentication).
///
/// 200 says yes and who it is, 401 that nobody knows, 403 no. Any other status is none of these, and every proxy that
/// speaks this way refuses the original request then. Warm, it is answered from memory.
struct VerifyRoute: Sendable {
    let verify: Verify
    let path: String
    private let queries = VerifyQueries()

    init(verify: Verify, path: String) {
        self.verify = verify
        self.path = path
    }

    /// Proxies ask with the original method, or with GET.
    private static let methods: [Method] = [.get, .post, .put, .patch, .delete, .options]

    /// HEAD is answered by the one for GET. They are one operation, so one of them is described.
    var routes: [Route] {
        Self.methods.map { method in
            // A body is nobody's business here, so its size is none either.
            var route = Route(method, path, .proven, bodyLimit: .max, Self.description, answer)
            route.answerNow = answerNow
            return route.forProxies(isDescribed: method == .get)
        }
    }

    private func answer(_ request: Request, _ gate: Gate) async throws(StoreFault) -> Response {
        switch VerifyQuestion.read(request, queries) {
        case .refused(let problem, let reason):
            return gate.sendAway(with: problem, reason, request, path).response
        case .question(let question):
            let gate = gate.asking(about: question)
            return answer(question, try await gate.caller(of: request, route: path), request, gate)
        }
    }

    private func answerNow(_ request: Request, _ gate: Gate) -> Response? {
        switch VerifyQuestion.read(request, queries) {
        case .refused(let problem, let reason):
            return gate.sendAway(with: problem, reason, request, path).response
        case .question(let question):
            let gate = gate.asking(about: question)
            return gate.callerNow(of: request, route: path).map { answer(question, $0, request, gate) }
        }
    }

    private func answer(
        _ question: VerifyQuestion, _ caller: Gate.Caller, _ request: Request, _ gate: Gate
    ) -> Response {
        switch caller {
        case .nobody(let problem, let reason): return answerNobody(question, problem, reason, request, gate)
        case .proven(let result):
            switch verify(
                result, demanding: question.demand, for: question.original, request.headers, in: gate.realm,
                VerifyReply.headers)
            {
            case .forbidden(let refusal):
                return gate.sendAway(with: refusal.problem, refusal.reason, request, path, result).response
            case .allowed(let headers):
                var response = Response(status: 200, headers: headers, body: VerifyReply.body)
                response.caller = result.principal
                return response
            }
        }
    }

    /// A page that somebody asks for before they have signed in is not worth remembering.
    private func answerNobody(
        _ question: VerifyQuestion, _ problem: Problem, _ reason: String?, _ request: Request, _ gate: Gate
    ) -> Response {
        func signIn() -> String? { Verify.signIn(for: question.original, request.headers, in: gate.realm) }
        switch question.redirect {
        case .never: break
        case .answer:
            if let location = signIn() { return Problem.signInRequired(at: location).response }
        case .header:
            if let location = signIn() { return problem.naming(location).response }
        }
        guard let reason else { return problem.response }
        return gate.sendAway(with: problem, reason, request, path).response
    }
}

extension Gate {
    /// The same gate, before the application that a proxy asks about: its cookies count, and no others.
    fileprivate func asking(about question: VerifyQuestion) -> Gate {
        guard let application = Verify.application(of: question.original, in: realm) else { return self }
        return Gate(shared: shared, realm: realm, client: application.client)
    }
}

extension Problem {
    /// The same, with a place to go instead.
    func naming(_ location: String) -> Problem {
        Problem(
            status: status, code: code, message: message, details: details, retryAfter: retryAfter,
            challenge: challenge, location: location)
    }
}

extension Verify.Refusal {
    var problem: Problem {
        switch self {
        case .unproven(let missing): .sameOriginRequired(missing)
        case .readOnly: .impersonationReadOnly
        case .role(let name): .roleRequired(name)
        case .permission(let pair): .permissionRequired(pair)
        }
    }

    /// For the log.
    fileprivate var reason: String {
        switch self {
        case .unproven: "same_origin_required"
        case .readOnly: "impersonation_read_only"
        case .role: "role_required"
        case .permission: "permission_required"
        }
    }
}
