internal import Domain
internal import Flows

/// One question as clients write it: a role or a permission, and for a permission the one thing that is meant.
struct QuestionFields: Sendable {
    let permission: String?
    let role: String?
    let instance: String?

    static let schema: Schema<QuestionFields> = .object(
        QuestionFields.init(permission:role:instance:),
        Field(
            optional: "permission", .text(bytes: 1...129, example: "messages:read"), \.permission,
            "`resource:action`, or the permission's own name. Either this or `role`."),
        Field(
            optional: "role", .text(bytes: 1...64, example: "editor"), inExample: false, \.role,
            "A role's name."),
        Field(
            optional: "instance", .text(bytes: 1...128, example: "messages/42"), \.instance,
            "The one thing that is meant; left out for all of them."))

    /// The same in an answer.
    static let written: Schema<AskedAccess> = .written(
        Field(
            optional: "permission", .text(example: "messages:read"),
            { if case .permission(let name, _) = $0 { name } else { nil } }, "As it was asked."),
        Field(
            optional: "role", .text(example: "editor"), inExample: false,
            { if case .role(let name) = $0 { name } else { nil } }, "As it was asked."),
        Field(
            optional: "instance", .text(example: "messages/42"),
            { if case .permission(_, let instance) = $0 { instance } else { nil } }, "As it was asked."))

    static let list: Schema<[QuestionFields]> = .array(schema, count: 1...ExplainAccess.mostQuestions)

    /// `nil` unless it asks for exactly one thing.
    var asked: AskedAccess? {
        switch (permission, role, instance) {
        case (let name?, nil, let instance): .permission(name, instance: instance)
        case (nil, let name?, nil): .role(name)
        default: nil
        }
    }
}

extension [QuestionFields] {
    /// What is asked, or what is wrong with it.
    var asked: Result<[AskedAccess], QuestionProblems> {
        let all = map(\.asked)
        let wrong = all.indices.filter { all[$0] == nil }.map { index in
            FieldProblem(
                field: "questions[\(index)]", code: "not_one",
                message: "must ask for a permission or for a role, and only a permission has an instance")
        }
        return wrong.isEmpty ? .success(all.compactMap(\.self)) : .failure(QuestionProblems(list: wrong))
    }
}

struct QuestionProblems: Error { let list: [FieldProblem] }

/// What is wrong with questions that have the right shape.
enum QuestionRefusal: ClientError {
    case invalid([FieldProblem])
    static var allCases: [Self] { [.invalid([])] }
    var problem: Problem {
        switch self {
        case .invalid(let problems): .validation(problems)
        }
    }
}

/// One answer.
struct AnswerReply: Sendable {
    let question: AskedAccess
    let isAllowed: Bool
    /// Set where it was asked why.
    let why: Why?

    struct Why: Sendable {
        let ways: [AccessExplanation.Way]
        let absence: AccessAnswer.Absence?
        let sentences: [String]
    }

    init(_ question: AskedAccess, isAllowed: Bool) {
        self.question = question
        self.isAllowed = isAllowed
        why = nil
    }

    init(_ answer: AccessAnswer, about holder: String) {
        question = answer.question
        isAllowed = answer.isAllowed
        why = Why(ways: answer.ways, absence: answer.absence, sentences: answer.sentences(about: holder))
    }

    static let schema: Schema<AnswerReply> = .written(
        Field("question", QuestionFields.written.named("AccessQuestion"), \.question, "What was asked."),
        Field("allowed", .boolean(example: true), \.isAllowed, "Whether it is held, now."),
        Field(
            optional: "why", whySchema.named("AccessReasons"), inExample: false, \.why,
            "What decided; only where it was asked for.")
    ).named("AccessAnswer")

    private static let whySchema: Schema<Why> = .written(
        Field(
            "ways", .array(way, count: 0...AccessExplanation.mostWays * 2), \.ways,
            "Every way by which it is held; where it is not, the ways that are over or lead elsewhere."),
        Field(
            "absence", .nullable(.choice()), \.absence,
            "What is missing where there is no way: the permission, the role, or a grant of it."),
        Field(
            "sentences", .array(.text(example: "ana may messages:read."), count: 0...100), \.sentences,
            "The same for people."))

    private static let way: Schema<AccessExplanation.Way> = .written(
        Field("outcome", .choice(), \.outcome, "`allows`, or why this way does not: it is over, or of something else."),
        Field("steps", .array(step, count: 1...1_000), \.steps, "From the holder to what decides."),
        Field(
            "sentence", .text(example: "Is or has: role 'editor', permission messages:read."), \.sentence, "For people."
        ))

    private static let step: Schema<AccessExplanation.Step> = .written(
        Field(
            "kind", .text(example: "role"), \.kind,
            "`group`, `role`, `inclusion`, `permission`, `wildcard` or `built_in`."),
        Field(
            "name", .text(example: "editor"), \.name,
            "The group's or the role's name, or the permission as it was given."),
        Field(
            optional: "instance", .text(example: "messages/42"), inExample: false, \.instance,
            "The one thing that it was given for."),
        Field(optional: "until", .timestamp, inExample: false, \.until, "When this step ends by itself, or ended."))
}

/// All answers, in the order of the questions.
struct AnswersReply: Sendable {
    let answers: [AnswerReply]

    static let schema: Schema<AnswersReply> = .written(
        Field(
            "answers", .array(AnswerReply.schema, count: 1...ExplainAccess.mostQuestions), \.answers,
            "In the order of the questions."))
}
