internal import Domain
public import Flows

extension Problem {
    static let nameTaken = Problem(status: 409, code: "name_taken", message: "Something else has that name")
    static let tooMany = Problem(status: 409, code: "too_many", message: "There are too many of them already")

    /// What is different from what the caller wants is told.
    static func changedMeanwhile(_ problems: [FieldProblem]) -> Problem {
        Problem(
            status: 412, code: "changed_meanwhile", message: "Somebody else has changed it since", details: problems)
    }
}

extension GroupRefusal: ClientError {
    public static var allCases: [Self] {
        [
            .noSuchGroup, .noSuchOrganisation, .exists, .invalid([]), .changedMeanwhile([]), .aboveOwnRank, .notHeld,
            .lastAdministrator, .tooMany,
        ]
    }

    public var problem: Problem {
        switch self {
        case .noSuchGroup: .notFound
        case .noSuchOrganisation:
            .validation([
                FieldProblem(
                    field: "organisation", code: "no_such_organisation", message: "is no organisation of this realm")
            ])
        case .exists: .nameTaken
        case .invalid(let problems): .validation(problems)
        case .changedMeanwhile(let problems): .changedMeanwhile(problems)
        case .aboveOwnRank: .aboveOwnRank
        case .notHeld: .notHeld
        case .lastAdministrator: .lastAdministrator
        case .tooMany: .tooMany
        }
    }
}
