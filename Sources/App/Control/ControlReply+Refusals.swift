internal import Flows
internal import Standards

/// The refusals that several topics give, in one wording and under one code each.
extension ControlReply {
    static func noSuchUser(_ user: String) -> ControlReply {
        ControlReply(.refused, "There is no user '\(user)'.", ["code": "no_such_user"])
    }

    static func noSuchRole(_ role: String) -> ControlReply {
        ControlReply(.refused, "There is no role '\(role)'.", ["code": "no_such_role"])
    }

    static func noSuchPermission(_ permission: String) -> ControlReply {
        ControlReply(.refused, "There is no permission '\(permission)'.", ["code": "no_such_permission"])
    }

    static func invalid(_ problems: [FieldProblem]) -> ControlReply {
        ControlReply(
            .refused, problems.map { "\($0.field): \($0.message)" }.joined(separator: "\n"),
            [
                "code": "invalid",
                "problems": .array(
                    problems.map {
                        ["field": .string($0.field), "code": .string($0.code), "message": .string($0.message)]
                    }),
            ])
    }

    /// `kind` begins the sentence: `Role`, `Permission`.
    init(_ refusal: CreationRefusal, _ kind: String) {
        switch refusal {
        case .exists(let name): self.init(.refused, "\(kind) '\(name)' already exists.", ["code": "exists"])
        case .invalid(let problems): self = .invalid(problems)
        }
    }
}
