internal import Domain
internal import Flows
internal import Standards
internal import Storage

/// `POST /api/admin/users/bulk`.
struct ChangeUsersEndpoint: Endpoint {
    typealias Refusal = NoRefusal
    let changeUsers: ChangeUsers

    struct Input: Sendable {
        let items: [JSON]
    }

    struct Item: Sendable {
        let action: ChangeUsers.Action
        let id: ID<User>?
        let until: Timestamp?
        let username: String?
        let email: String?
        let language: Language?
        let isInvited: Bool?
        let attributes: JSON?

        static let schema: Schema<Item> = .object(
            Item.init(action:id:until:username:email:language:isInvited:attributes:),
            Field(
                "action", .choice(), \.action, "What is to be done; each needs the permission that its own route needs."
            ),
            Field(optional: "id", .identifier(), \.id, "To whom; left out for `create` only."),
            Field(
                optional: "until", .timestamp, inExample: false, \.until, "For `ban`: when the user may come in again."),
            Field(
                optional: "username", .text(bytes: 0...1_024, example: "ana"), inExample: false, \.username,
                "For `create`, as are those that follow; see `POST /api/admin/users`."),
            Field(
                optional: "email", .text(bytes: 0...1_024, example: "ana@example.com"), inExample: false, \.email,
                "As at sign-up."),
            Field(optional: "language", .choice(), inExample: false, \.language, "What the person is written to in."),
            Field(
                optional: "invite", .boolean(example: true), inExample: false, \.isInvited,
                "Whether a letter goes out at once."),
            Field(
                optional: "attributes", .anyObject, inExample: false, \.attributes,
                "What the realm's profile schema asks for."))

        /// `nil`, and what is missing, where it cannot be carried out.
        func step(_ problems: inout [FieldProblem]) -> ChangeUsers.Step? {
            if action == .create {
                guard let email else { return problems.add("email", .missing) }
                return .create(
                    AddPerson.Input(
                        username: username, email: email, language: language, isInvited: isInvited ?? false,
                        attributes: attributes))
            }
            guard let id else { return problems.add("id", .missing) }
            switch action {
            case .disable: return .disable(id)
            case .enable: return .enable(id)
            case .ban:
                guard let until else { return problems.add("until", .missing) }
                return .ban(id, until: until)
            case .unban: return .unban(id)
            case .delete: return .delete(id)
            case .endSessions: return .endSessions(id)
            case .invite: return .invite(id)
            case .reset: return .reset(id)
            case .create: return nil
            }
        }
    }

    struct Result: Sendable {
        let id: ID<User>?
        let status: Int64
        let code: String
        let error: String?
        let details: JSON?

        static let schema: Schema<Result> = .written(
            Field("id", .nullable(.identifier()), \.id, "Whom it is about; null where nobody is known."),
            Field(
                "status", .integer(200...599, example: 200), \.status, "What the route of this one thing would answer."),
            Field("code", .text(example: "ok"), \.code, "`ok`, or the code of the error."),
            Field(
                optional: "error", .text(example: "Not found"), inExample: false, \.error,
                "What is wrong, for people."),
            Field(
                optional: "details", .anyObject, inExample: false, \.details,
                "What is wrong with which member, as with any error."))
    }

    struct Output: Sendable {
        let results: [Result]
    }

    static let sentence = "Does something to up to 1,000 users, each by itself; the answer has a result for each item."
    static let input: Intake<Input> = .json(
        .object(
            Input.init(items:),
            Field(
                "items",
                .array(.anyObject.described(as: Item.schema.description), count: 1...ChangeUsers.most), \.items,
                "Carried out in this order; one that is refused does not stop the others.")))
    static let output: Schema<Output> = .written(
        Field(
            "results", .array(Result.schema, count: 1...ChangeUsers.most), \.results, "In the order of the items."))

    func callAsFunction(_ input: Input, _ caller: Authorized) async throws(StoreFault) -> Answer<Output, Refusal> {
        let actor = Actor(caller)
        var results: [Result] = []
        for json in input.items {
            let item: Item
            do throws(Schema<Item>.Invalid) { item = try Item.schema.decode(json) } catch {
                results.append(Result(nil, refused: .validation(error.problems)))
                continue
            }
            var problems: [FieldProblem] = []
            guard let step = item.step(&problems) else {
                results.append(Result(item.id, refused: .validation(problems)))
                continue
            }
            let result = await changeUsers(step, in: caller.realm, by: actor)
            results.append(Result(item.id, result))
        }
        return .success(Output(results: results))
    }
}

extension ChangeUsersEndpoint.Result {
    fileprivate init(_ id: ID<User>?, refused problem: Problem) {
        var details: [JSON.Member] = []
        for one in problem.details where !details.contains(where: { $0.name == one.field }) {
            let messages = problem.details.filter { $0.field == one.field }.map { JSON.string($0.message) }
            details.append(JSON.Member(one.field, .array(messages)))
        }
        self.init(
            id: id, status: Int64(problem.status), code: problem.code, error: problem.message,
            details: details.isEmpty ? nil : .object(details))
    }

    fileprivate init(_ id: ID<User>?, _ result: ChangeUsers.Result) {
        switch result {
        case .done(let id): self.init(id: id, status: 200, code: "ok", error: nil, details: nil)
        case .created(let user): self.init(id: user.id, status: 201, code: "ok", error: nil, details: nil)
        case .notPermitted(let right): self.init(id, refused: .permissionRequired(right.pair))
        case .noSuchUser: self.init(id, refused: .notFound)
        case .ownAccount: self.init(id, refused: .ownAccount)
        case .refused(let refusal): self.init(id, refused: refusal.problem)
        case .notUsable: self.init(id, refused: .notUsable)
        case .hasPassword: self.init(id, refused: UserRefusal.hasPassword.problem)
        case .invalid(let problems): self.init(id, refused: .validation(problems))
        case .notCreated(let refusal): self.init(id, refused: refusal.problem)
        case .unavailable(let fault): self.init(id, refused: Problem(fault))
        }
    }
}
