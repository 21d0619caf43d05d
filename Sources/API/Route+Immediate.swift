internal import Domain
internal import Flows
internal import HTTP

/// As ``ImmediateEndpoint``, for people and programs, where not every question can be answered from memory.
protocol ImmediateForAll: Endpoint where Caller == Authorized {
    /// `nil` where this question needs the database; then nothing has happened yet.
    func answer(_ input: Input, to caller: AuthResult) -> Answer<Output, Refusal>?
}

extension Route {
    /// Answered at once where memory knows who asks and what is asked.
    init<E: ImmediateForAll>(
        _ method: Method, _ path: String, _ access: Access<Authorized>, bodyLimit: Int = 4_096,
        immediateForAll endpoint: E
    ) {
        self.init(method, path, access, bodyLimit: bodyLimit, endpoint)
        let intake = E.input
        let output = E.output
        let status = E.status
        let rule = access.rule
        answerNow = { request, gate in
            guard let verdict = gate.checkNow(rule, request, route: path) else { return nil }
            let caller: AuthResult
            switch verdict {
            case .refused(let problem): return problem.response
            case .admitted(let result):
                guard let result else { return nil }
                caller = result
            }
            var response: Response
            switch intake.read(request, gate.parameters) {
            case .refused(let problem): response = problem.response
            // Such an endpoint has nothing to add to what is wrong.
            case .misshapen(let problems, _): response = Problem.validation(problems).response
            case .input(let input):
                switch endpoint.answer(input, to: caller) {
                case nil: return nil
                case .success(let value, _)?:
                    response = Response(status: status, headers: .json, body: output.encode(value))
                case .accepted(let reply)?: response = reply.response
                case .refused(let refusal, _)?: response = refusal.problem.response
                }
            }
            response.caller = caller.principal
            return response
        }
    }
}
