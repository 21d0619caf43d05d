internal import Domain
internal import Flows
internal import Standards

/// What a request brings of a letter: its link's token, or its code beside the ticket.
struct ProofFields: Sendable {
    let token: Secret?
    let ticket: String?
    let code: Secret?

    static let schema: Schema<ProofFields> = .object(
        ProofFields.init(token:ticket:code:),
        Field(
            optional: "token", .secret(bytes: 1...128, example: "q83vEjRWeJCrze8SNFZ4kKvN7xI0VniQq83vEjRWeJA"), \.token,
            "From the letter's link. Either this, or `ticket` and `code`."),
        Field(
            optional: "ticket", .text(bytes: 1...64, example: "3q2-7wAAAAAAAAAAAAAAAA"), inExample: false, \.ticket,
            "As it was answered when the letter was asked for."),
        Field(
            optional: "code", .secret(bytes: 1...32, example: "12345678"), inExample: false, \.code,
            "The letter's eight digits. After five wrong ones only its link is good."))

    /// `nil` unless it is one of the two ways, and only one.
    var proof: MailProof? {
        switch (token, ticket, code) {
        case (let token?, nil, nil): .link(token: String(decoding: token.exposed, as: UTF8.self))
        case (nil, let ticket?, let code?):
            .typed(ticket: ticket, code: String(decoding: code.exposed, as: UTF8.self))
        default: nil
        }
    }
}

/// What an endpoint refuses that asks for a letter's proof.
enum ProofNeeded<Refusal: ClientError>: ClientError {
    case missing
    case other(Refusal)

    static var allCases: [Self] { [.missing] + Array(Refusal.allCases).map(Self.other) }

    var problem: Problem {
        switch self {
        case .missing:
            .validation([
                FieldProblem(field: "token", code: "required", message: "is required, or ticket and code instead of it")
            ])
        case .other(let refusal): refusal.problem
        }
    }
}

/// Where a change asks for the present password once more.
struct CurrentPassword: Sendable {
    let current: Secret?

    static let schema: Schema<CurrentPassword> = .object(
        CurrentPassword.init(current:),
        Field(
            optional: "current_password", .secret(bytes: 1...4_096, example: "correct horse battery staple"), \.current,
            "The present password; not needed for a while after sign-in."))
}

/// What only somebody sends who means it: an empty or strange body ends nobody's account.
struct Confirmed: Sendable {
    let isConfirmed: Bool

    static let schema: Schema<Confirmed> = .object(
        Confirmed.init(isConfirmed:), Field("confirm", isTrue, \.isConfirmed, "Must be `true`."))

    private static let isTrue = Schema<Bool>(.boolean(example: true)) { json, path, problems in
        guard case .bool(true) = json else { return problems.add(path, .wrongType("true")) }
        return true
    } write: { value, output in
        output.bool(value)
    }
}

/// A password that somebody chooses.
struct ChosenPassword: Sendable {
    let password: Secret

    static let schema: Schema<ChosenPassword> = .object(
        ChosenPassword.init(password:),
        Field(
            "password", .secret(bytes: 0...4_096, example: "four other words together"), \.password,
            "The new one: not the username, not the address, not a common one."))
}

/// That it was done.
struct MessageReply: Sendable {
    let message: String

    static let schema: Schema<MessageReply> = .object(
        MessageReply.init(message:),
        Field("message", .text(example: "Done"), \.message, "What happened, for people.")
    ).named("Message")
}
