internal import Flows
internal import Standards

/// The refusals that several topics give, in one wording and under one code each.
extension ControlReply {
    static func noSuchUser(_ user: String) -> ControlReply {
        ControlReply(.refused, "There is no user '\(user)'.", ["code": "no_such_user"])
    }

    /// Nobody shuts himself out.
    static let ownAccount = ControlReply(.refused, "That is your own account.", ["code": "own_account"])

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

    static func noVersion(_ text: String) -> ControlReply {
        ControlReply(.refused, "'\(text)' is no version.", ["code": "no_version"])
    }

    /// `kind` is `role` or `permission`, `name` what was typed.
    init(_ refusal: EditRefusal, _ kind: String, _ name: String) {
        switch refusal {
        case .notThere: self.init(.refused, "There is no \(kind) '\(name)'.", ["code": .string("no_such_\(kind)")])
        case .invalid(let problems): self = .invalid(problems)
        case .exists(let other): self.init(.refused, "Another \(kind) is called '\(other)'.", ["code": "exists"])
        case .aboveOwnRank: self.init(DeedRefusal.aboveOwnRank)
        case .notHeld: self.init(.refused, "You do not hold it yourself, or not for that long.", ["code": "not_held"])
        case .protected:
            self.init(.refused, "What administration itself stands on is not changed here.", ["code": "protected"])
        case .lastAdministrator: self.init(DeedRefusal.lastAdministrator)
        case .changedMeanwhile(let problems):
            let what = problems.map { "\($0.field) \($0.message)" }.joined(separator: "; ")
            self.init(.refused, "It was changed meanwhile: \(what).", ["code": "changed_meanwhile"])
        }
    }

    init(_ refusal: DeedRefusal) {
        let sentence =
            switch refusal {
            case .aboveOwnRank: "It stands above your own rank."
            case .lastAdministrator: "Nobody would be left who administers the realm."
            }
        self.init(.refused, sentence, ["code": .string(refusal.rawValue)])
    }

    /// `kind` begins the sentence: `Role`, `Permission`.
    init(_ refusal: CreationRefusal, _ kind: String) {
        switch refusal {
        case .exists(let name): self.init(.refused, "\(kind) '\(name)' already exists.", ["code": "exists"])
        case .invalid(let problems): self = .invalid(problems)
        case .aboveOwnRank: self.init(DeedRefusal.aboveOwnRank)
        case .notHeld: self.init(.refused, "You do not hold it yourself, or not for that long.", ["code": "not_held"])
        }
    }
}
