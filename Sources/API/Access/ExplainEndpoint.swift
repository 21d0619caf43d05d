internal import Domain
internal import Flows
internal import Storage

/// `POST /api/admin/explain`.
struct ExplainEndpoint: Endpoint {
    let explain: ExplainAccess

    struct Input: Sendable {
        let user: String?
        let key: String?
        let questions: [QuestionFields]

        var holder: HolderName? {
            switch (user, key) {
            case (let name?, nil): .user(name)
            case (nil, let name?): .key(name)
            default: nil
            }
        }
    }

    struct Reply: Sendable {
        let holder: String
        let answers: [AnswerReply]
        let access: Grants
    }

    enum Refusal: ClientError {
        case notThere
        case invalid([FieldProblem])

        static var allCases: [Self] { [.notThere, .invalid([])] }

        var problem: Problem {
            switch self {
            case .notThere: .notFound
            case .invalid(let problems): .validation(problems)
            }
        }
    }

    static let sentence = "Why a user or an API key may do something, or may not: every way by which it is held."
    static let input: Intake<Input> = .json(
        .object(
            Input.init(user:key:questions:),
            Field(
                optional: "user", .text(bytes: 1...320, example: "ana"), \.user,
                "An id, a username or an e-mail address. Either this or `key`."),
            Field(
                optional: "key", .text(bytes: 1...64, example: "nightly-backup"), inExample: false, \.key,
                "An API key's id or name."),
            Field("questions", QuestionFields.list, \.questions, "Each for a permission or for a role.")))
    static let output: Schema<Reply> = .written(
        Field("holder", .text(example: "ana"), \.holder, "The user's name, or the key's."),
        Field(
            "answers", .array(AnswerReply.schema, count: 1...ExplainAccess.mostQuestions), \.answers,
            "In the order of the questions."),
        Field("access", GrantsReply.schema.named("Access"), \.access, "Everything that is held."))

    func callAsFunction(_ input: Input, _ caller: Authorized) async throws(StoreFault) -> Answer<Reply, Refusal> {
        guard let holder = input.holder else {
            return .refused(
                .invalid([FieldProblem(field: "user", code: "not_one", message: "exactly one of user and key")]))
        }
        let asked: [AskedAccess]
        switch input.questions.asked {
        case .success(let questions): asked = questions
        case .failure(let problems): return .refused(.invalid(problems.list))
        }
        switch try await explain(asked, about: holder, in: caller.realm.name) {
        case .noSuchHolder: return .refused(.notThere)
        case .answers(let answers, let name, let grants):
            return .success(
                Reply(holder: name, answers: answers.map { AnswerReply($0, about: name) }, access: grants))
        }
    }
}
