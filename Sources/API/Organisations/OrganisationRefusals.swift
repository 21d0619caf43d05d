internal import Domain
public import Flows

extension OrganisationRefusal: ClientError {
    public static var allCases: [Self] {
        [
            .noSuchOrganisation, .notItsAdministrator, .noSuchUser, .noSuchGroup, .noSuchInvitation, .exists,
            .invalid([]), .changedMeanwhile([]), .lastOfOrganisation, .lastAdministrator, .aboveOwnRank, .notHeld,
            .tooMany, .wait(.seconds(1)),
        ]
    }

    public var problem: Problem {
        switch self {
        // What is none of the caller's business looks like what never was.
        case .noSuchOrganisation, .noSuchUser, .noSuchGroup, .noSuchInvitation: .notFound
        case .notItsAdministrator:
            Problem(
                status: 403, code: "organisation_admin_required",
                message: "Only for the organisation's administrators")
        case .exists: .nameTaken
        case .invalid(let problems): .validation(problems)
        case .changedMeanwhile(let problems): .changedMeanwhile(problems)
        case .lastOfOrganisation:
            Problem(
                status: 409, code: "last_organisation_admin",
                message: "Nobody would be left who looks after the organisation")
        case .lastAdministrator: .lastAdministrator
        case .aboveOwnRank: .aboveOwnRank
        case .notHeld: .notHeld
        case .tooMany: .tooMany
        case .wait(let delay): .tooManyRequests(retryAfter: delay)
        }
    }
}

extension AcceptInvitation.Refusal: ClientError {
    public static var allCases: [Self] { [.otherAddress, .addressNotProven] + ProofRefusal.allCases.map(Self.proof) }

    public var problem: Problem {
        switch self {
        case .proof(let refusal): refusal.problem
        case .otherAddress:
            Problem(
                status: 403, code: "other_address", message: "The invitation went to another address than the account's"
            )
        case .addressNotProven:
            Problem(
                status: 403, code: "address_not_proven", message: "The account's address has to be confirmed first")
        }
    }
}

extension JoinByInvitation.Refusal: ClientError {
    public static var allCases: [Self] {
        [.invalid([]), .hasAccount, .taken, .busy(retryAfter: .seconds(1)), .abandoned]
            + ProofRefusal.allCases.map(Self.proof)
    }

    public var problem: Problem {
        switch self {
        case .proof(let refusal): refusal.problem
        case .invalid(let problems): .validation(problems)
        case .hasAccount:
            Problem(
                status: 409, code: "has_account",
                message: "There is an account with that address: sign in, and accept the invitation")
        case .taken: .alreadyRegistered
        case .busy(let delay): .busy(retryAfter: delay)
        case .abandoned: .busy(retryAfter: .seconds(1))
        }
    }
}
