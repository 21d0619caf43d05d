internal import Flows
internal import HTTP
internal import Standards

/// What can be wrong with a request that has the field `Idempotency-Key`.
enum RepeatProblem: ClientError {
    case malformed
    case keyReused
    case gone

    static var allCases: [Self] { [.malformed, .keyReused, .gone] }

    init(_ refusal: RepeatRefusal) {
        switch refusal {
        case .keyReused: self = .keyReused
        case .gone: self = .gone
        }
    }

    var problem: Problem {
        switch self {
        case .malformed:
            .validation([
                FieldProblem(
                    field: IdempotencyKey.field.text, code: "malformed",
                    message: "must be one string of 1 to 128 visible characters")
            ])
        case .keyReused:
            Problem(
                status: 422, code: "idempotency_key_reused",
                message: "The Idempotency-Key was used for something else")
        case .gone:
            Problem(
                status: 410, code: "made_and_gone",
                message: "The request was carried out before, and what it made is gone since")
        }
    }
}

/// What making something may be refused for, where the request may be sent again.
enum CreationProblem<Refusal: ClientError>: ClientError {
    case refused(Refusal)
    case notRepeated(RepeatProblem)

    static var allCases: [Self] {
        Refusal.allCases.map(Self.refused) + RepeatProblem.allCases.map(Self.notRepeated)
    }

    var problem: Problem {
        switch self {
        case .refused(let refusal): refusal.problem
        case .notRepeated(let refusal): refusal.problem
        }
    }
}

extension IdempotencyKey {
    /// For every route that makes something and may be sent again.
    static let requestField = SchemaDescription.Member(
        name: field.text, isRequired: false,
        shape: .text(characters: 1...128, bytes: 1...128, example: "8e03978e-40d5-43e8-bc93"),
        sentence: "Sent again with the same body, it gives the same answer and makes nothing more, for 72 hours.")

    enum Reading {
        case request(RepeatableRequest?)
        case malformed
    }
}

extension Request {
    /// What the client says so that it may send this request again. Equal bodies are equal whatever spaces they have.
    fileprivate func repeatable(_ make: (_ key: String, _ body: String) -> RepeatableRequest) -> IdempotencyKey.Reading
    {
        switch IdempotencyKey(headers) {
        case .absent: .request(nil)
        case .malformed: .malformed
        case .given(let key): .request(make(key, (try? JSON.parse(body))?.text ?? ""))
        }
    }
}

extension Authorized {
    func repeatable(_ operation: String) -> IdempotencyKey.Reading {
        request.repeatable { RepeatableRequest(key: $0, operation: operation, body: $1, by: result) }
    }
}

extension Member {
    func repeatable(_ operation: String) -> IdempotencyKey.Reading {
        request.repeatable { RepeatableRequest(key: $0, operation: operation, body: $1, by: principal) }
    }
}
