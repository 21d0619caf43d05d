internal import Domain
internal import Flows
internal import Standards
internal import Storage

/// A letter as administrators see it: whom it is to, as far as whoever knows the address recognises it, and no content.
struct LetterReply: Sendable {
    let entry: ListMail.Entry

    static let schema: Schema<LetterReply> = .written(
        Field("id", .identifier(), \.entry.mail.id, "Never changes."),
        Field("kind", .text(example: "reset_password"), \.entry.mail.kind, "What it is about."),
        Field("state", .choice(), \.entry.mail.state, "`waiting`, `sent`, `dead` or `dropped`."),
        Field(
            "to", .text(example: "a…@e….com"), \.entry.maskedAddress,
            "Enough of the address to know it by; empty once the letter has no content."),
        Field("created_at", .timestamp, \.entry.mail.createdAt, "When it was written."),
        Field(
            "next_try_at", .nullable(.timestamp),
            { $0.entry.mail.state == .waiting ? $0.entry.mail.nextTryAt : nil }, "Null where it waits no more."),
        Field("done_at", .nullable(.timestamp), \.entry.mail.doneAt, "Null while it waits."),
        Field("tries", .integer(0...Int64.max, example: 1), \.entry.mail.tries, "How often it was tried."),
        Field(
            "last_error", .nullable(.text(example: "connection_refused")),
            { $0.entry.mail.lastError.isEmpty ? nil : $0.entry.mail.lastError },
            "Why the last try failed, as a code; null where none did.")
    ).named("Letter")
}

/// `GET /api/admin/mail`.
struct ListMailEndpoint: Endpoint {
    typealias Refusal = NoRefusal
    let mail: RealmMail

    struct Question: Sendable {
        let state: MailState?
        let before: ID<MailItem>?
        let limit: Int64?

        static let schema: Schema<Question> = .object(
            Question.init(state:before:limit:),
            Field(optional: "state", .choice(), \.state, "Only letters of that state."),
            Field(
                optional: "before", .identifier(), inExample: false, \.before, "The member `next` of the page before."),
            Field(optional: "limit", .integer(1...200, example: 50), \.limit, "How many letters; 50 unless told."))
    }

    struct Output: Sendable {
        let letters: [LetterReply]
        let next: ID<MailItem>?
    }

    static let sentence = "The realm's letters that wait, were sent lately, or were given up, newest first."
    static let input: Intake<Question> = .query(Question.schema)
    static let output: Schema<Output> = .written(
        Field("letters", .array(LetterReply.schema, count: 0...200), \.letters, "Newest first."),
        Field("next", .nullable(.identifier()), \.next, "Where the next page begins; null at the end."))

    func callAsFunction(_ input: Question, _ caller: Authorized) async throws(StoreFault) -> Answer<Output, NoRefusal> {
        let (letters, next) = try await mail(
            in: caller.realm.name, state: input.state, before: input.before, limit: Int(input.limit ?? 50))
        return .success(Output(letters: letters.map { LetterReply(entry: $0) }, next: next))
    }
}

/// `POST /api/admin/mail/{id}/retry`.
struct RetryMailEndpoint: Endpoint {
    typealias Refusal = NotThere
    let mail: RealmMail

    static let sentence = "Has a letter tried again now that was given up, or that waits for its next try."
    static let status = 202
    static let input: Intake<PathID<MailItem>> = .path(PathID.schema("The letter's id."))
    static let output = MessageReply.schema

    func callAsFunction(
        _ input: PathID<MailItem>, _ caller: Authorized
    ) async throws(StoreFault) -> Answer<MessageReply, NotThere> {
        guard try await mail.retry(input.id, in: caller.realm.name, by: Actor(caller)) else {
            return .refused(.notThere)
        }
        return .success(MessageReply(message: "The letter is tried again now"))
    }
}
