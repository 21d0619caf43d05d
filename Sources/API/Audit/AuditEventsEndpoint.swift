internal import Domain
internal import Flows
internal import HTTP
internal import Standards
internal import Storage

/// `POST /api/audit/events`: an application writes its own events.
struct AuditEventsEndpoint: Endpoint {
    let recordEvents: RecordEvents

    /// What the caller must hold, beside `application:` and the application's name.
    static let permission = Permission.Pair.auditWrite

    struct Input: Sendable {
        let application: String?
        let events: [ApplicationEvent]
    }

    struct Output: Sendable {
        let events: [RecordEvents.Recorded]
    }

    enum Refusal: ClientError {
        case invalid([FieldProblem])
        case applicationRequired
        case keyReused
        case tooMany(retryAfter: Duration)

        static var allCases: [Self] {
            [.invalid([]), .applicationRequired, .keyReused, .tooMany(retryAfter: .seconds(1))]
        }

        init(_ refusal: RecordEvents.Refusal) {
            switch refusal {
            case .invalid(let problems): self = .invalid(problems)
            case .applicationRequired: self = .applicationRequired
            case .keyReused: self = .keyReused
            case .tooMany(let delay): self = .tooMany(retryAfter: delay)
            }
        }

        var problem: Problem {
            switch self {
            case .invalid(let problems): .validation(problems)
            case .applicationRequired:
                Problem(
                    status: 403, code: "application_required",
                    message: "Permission 'application:NAME' required, with the application's name")
            case .keyReused:
                Problem(
                    status: 422, code: "idempotency_key_reused",
                    message: "The Idempotency-Key, or an event's id, was used for something else")
            case .tooMany(let delay):
                Problem(status: 429, code: "too_many_events", message: "Too many events", retryAfter: delay)
            }
        }
    }

    static let sentence = "Write an application's own events, all of them or none."
    static let status = 201
    static let requestFields = [
        SchemaDescription.Member(
            name: IdempotencyKey.field.text, isRequired: false,
            shape: .text(characters: 1...128, bytes: 1...128, example: "8e03978e-40d5-43e8-bc93"),
            sentence: "Sent again with the same body, it gives the same answer and writes nothing more, for 72 hours.")
    ]
    static let input: Intake<Input> = .json(
        .object(
            Input.init(application:events:),
            Field(
                optional: "application", .text(bytes: 1...64, example: "erp"), \.application,
                "For whom the caller writes; needed where the caller may write for several."),
            Field(
                "events", .array(event, count: 1...RecordEvents.mostEvents), \.events, "What happened, oldest first.")))
    static let output: Schema<Output> = .object(
        Output.init(events:),
        Field(
            "events", .array(recorded, count: 1...RecordEvents.mostEvents), \.events, "In the order of the request."))

    private static let recorded: Schema<RecordEvents.Recorded> = .object(
        RecordEvents.Recorded.init(id:when:did:),
        Field("id", .identifier(), \.id, "Of the event in the log; never changes."),
        Field("when", .timestamp, \.when, "The time it was given."),
        Field("did", .text(example: "app:erp:contract_confirmed"), \.did, "With the application's prefix."))

    func callAsFunction(_ input: Input, _ caller: Authorized) async throws(StoreFault) -> Answer<Output, Refusal> {
        let key: String?
        switch IdempotencyKey(caller.request.headers) {
        case .absent: key = nil
        case .given(let text): key = text
        case .malformed:
            return .refused(
                .invalid([
                    FieldProblem(
                        field: IdempotencyKey.field.text, code: "malformed",
                        message: "must be one string of 1 to 128 visible characters")
                ]))
        }
        let outcome = try await recordEvents(
            input.events, as: input.application, key: key, by: caller.result, in: caller.realm.name,
            from: caller.source)
        switch outcome {
        case .recorded(let events): return .success(Output(events: events))
        case .refused(let refusal): return .refused(Refusal(refusal))
        }
    }
}

extension AuditEventsEndpoint {
    fileprivate static let event: Schema<ApplicationEvent> = .object(
        ApplicationEvent.init(id:verb:kind:status:ifOK:ifDoubt:ifNot:this:document:subject:personal:),
        Field(
            optional: "id", .text(bytes: 1...64, example: "contract-4711-confirmed"), \.id,
            "The application's own id of it: the same event is written once, for 72 hours."),
        Field("did", .text(bytes: 1...64, example: "contract_confirmed"), \.verb, "What was done, without a prefix."),
        Field(optional: "kind", .choice(), { $0.kind }, "`event` unless told."),
        Field(optional: "status", .choice(), { StatusWord($0.status) }, "`valid:true` unless told."),
        Field(
            optional: "if_ok", .text(bytes: 1...64, example: "invoice_sent"), { $0.consequences.ifOK },
            "What follows when it is in order; `none` unless told."),
        Field(
            optional: "if_doubt", .text(bytes: 1...64, example: "review"), { $0.consequences.ifDoubt },
            "What follows when there is doubt; `none` unless told."),
        Field(
            optional: "if_not", .text(bytes: 1...64, example: "contract_void"), { $0.consequences.ifNot },
            "What follows when it is not in order; `none` unless told."),
        Field(
            optional: "this", .anyObject, \.details,
            "Details that are about nobody: at most 8192 bytes, 8 levels, 256 values. Kept in clear for ever."),
        Field(
            optional: "document", document, inExample: false, \.document,
            "For kind `document`: what it is and where it is."),
        Field(optional: "subject", .identifier(), inExample: false, \.subject, "The user it is about."),
        Field(
            optional: "personal", .anyObject, inExample: false, \.personal,
            "What is known about the subject: at most 2048 bytes. Encrypted, and unreadable once the subject is erased."
        ))

    private static let document: Schema<ApplicationEvent.Document> = .object(
        ApplicationEvent.Document.init(title:sha256:mediaType:size:uri:),
        Field("title", .text(bytes: 1...1_024, example: "Contract 4711"), \.title, "At most 256 characters."),
        Field(
            "sha256",
            .text(
                bytes: 64...64, example: "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"), \.sha256,
            "Of its contents, in hexadecimal digits."),
        Field("media_type", .text(bytes: 3...127, example: "application/pdf"), \.mediaType, "RFC 9110 §8.3.1."),
        Field("size", .integer(0...Int64.max, example: 48_213), \.size, "Bytes."),
        Field(
            optional: "uri", .text(bytes: 5...1_024, example: "https://files.example.com/4711"), \.uri,
            "Where it is: https, http or urn."))
}

extension ApplicationEvent {
    fileprivate init(
        id: String?, verb: String, kind: Kind?, status: StatusWord?, ifOK: String?, ifDoubt: String?, ifNot: String?,
        this: JSON?, document: Document?, subject: ID<User>?, personal: JSON?
    ) {
        self.init(
            id: id, verb: verb, kind: kind ?? .event, status: status != .refused,
            consequences: Event.Consequences(
                ifOK: ifOK ?? Self.nothingFollows, ifDoubt: ifDoubt ?? Self.nothingFollows,
                ifNot: ifNot ?? Self.nothingFollows),
            details: this, document: document, subject: subject, personal: personal)
    }
}
