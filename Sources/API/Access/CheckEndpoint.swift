internal import Domain
internal import Flows
internal import Storage

/// `POST /api/auth/check`.
struct CheckEndpoint: ImmediateForAll {
    typealias Refusal = QuestionRefusal
    let explain: ExplainAccess

    struct Input: Sendable {
        let questions: [QuestionFields]
        let explain: Bool?
    }

    static let sentence = "Whether the caller holds roles and permissions, up to 100 at once; with `explain`, also why."
    static let input: Intake<Input> = .json(
        .object(
            Input.init(questions:explain:),
            Field("questions", QuestionFields.list, \.questions, "Each for a permission or for a role."),
            Field(
                optional: "explain", .boolean(example: false), \.explain,
                "`true`: also why, read from the database; otherwise memory answers.")))
    static let output = AnswersReply.schema

    func answer(_ input: Input, to caller: AuthResult) -> Answer<AnswersReply, QuestionRefusal>? {
        switch input.questions.asked {
        case .failure(let problems): return .refused(.invalid(problems.list))
        case .success(let asked):
            if input.explain ?? false { return nil }
            let grants = caller.grants
            return .success(AnswersReply(answers: asked.map { AnswerReply($0, isAllowed: $0.isAllowed(by: grants)) }))
        }
    }

    func callAsFunction(
        _ input: Input, _ caller: Authorized
    ) async throws(StoreFault) -> Answer<AnswersReply, QuestionRefusal> {
        if let answer = answer(input, to: caller.result) { return answer }
        guard case .success(let asked) = input.questions.asked else { return .refused(.invalid([])) }
        let name = caller.result.principal?.user.username ?? caller.result.serviceName
        let answers = try await explain(asked, asking: caller.result)
        return .success(AnswersReply(answers: answers.map { AnswerReply($0, about: name) }))
    }
}

extension AuthResult {
    fileprivate var serviceName: String {
        switch holder {
        case .person(let principal): principal.user.username
        case .service(let service): service.name
        }
    }
}
