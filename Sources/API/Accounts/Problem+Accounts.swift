internal import Domain
public import Flows

extension Problem {
    static let letterNotGood = Problem(
        status: 400, code: "invalid_proof", message: "This link or code is not good, or not any more")
    static let alreadyRegistered = Problem(
        status: 409, code: "already_registered", message: "Username or email already exists")
    static let notUsable = Problem(
        status: 409, code: "account_not_usable", message: "The account is disabled or banned")
    static let aboveOwnRank = Problem(
        status: 403, code: DeedRefusal.aboveOwnRank.rawValue, message: "It stands above your own rank")
    static let notHeld = Problem(
        status: 403, code: ChangeGrant.Refusal.notHeld.rawValue,
        message: "You do not hold it yourself, or not for that long")
    static let lastAdministrator = Problem(
        status: 409, code: DeedRefusal.lastAdministrator.rawValue,
        message: "Nobody would be left who administers the realm")
    static let ownAccount = Problem(
        status: 409, code: "own_account", message: "Nobody does this to their own account")
}

extension ProofRefusal: ClientError {
    public static var allCases: [Self] { [.notGood, .wait(.seconds(1))] }

    public var problem: Problem {
        switch self {
        case .notGood: .letterNotGood
        case .wait(let delay): .tooManyRequests(retryAfter: delay)
        }
    }
}

extension ReproofRefusal: ClientError {
    public static var allCases: [Self] {
        [
            .proofRequired, .wrongPassword, .sessionOver, .wait(.seconds(1)), .busy(retryAfter: .seconds(1)),
            .abandoned,
        ]
    }

    public var problem: Problem {
        switch self {
        case .proofRequired:
            Problem(
                status: 403, code: "password_required", message: "The present password is needed, or a new sign-in")
        case .wrongPassword: Problem(status: 403, code: "wrong_password", message: "Wrong password")
        case .sessionOver: .authenticationRequired(tokenWasPresented: true)
        case .wait(let delay): .tooManyRequests(retryAfter: delay)
        case .busy(let delay): .busy(retryAfter: delay)
        case .abandoned: .busy(retryAfter: .seconds(1))
        }
    }
}

extension ConfirmSignUp.Refusal: ClientError {
    public static var allCases: [Self] {
        [.closed, .wrongPassword, .taken, .busy(retryAfter: .seconds(1)), .abandoned]
            + ProofRefusal.allCases.map(Self.proof)
    }

    public var problem: Problem {
        switch self {
        case .closed: SignUp.Refusal.closed.problem
        case .proof(let refusal): refusal.problem
        case .wrongPassword: ReproofRefusal.wrongPassword.problem
        case .taken: .alreadyRegistered
        case .busy(let delay): .busy(retryAfter: delay)
        case .abandoned: .busy(retryAfter: .seconds(1))
        }
    }
}

extension ForgotPassword.Refusal: ClientError {
    public static var allCases: [Self] { [.methodNotAllowed, .wait(.seconds(1))] }

    public var problem: Problem {
        switch self {
        case .methodNotAllowed: SignIn.Refusal.methodNotAllowed.problem
        case .wait(let delay): .tooManyRequests(retryAfter: delay)
        }
    }
}

extension ResetPassword.Refusal: ClientError {
    public static var allCases: [Self] {
        [.invalid([]), .busy(retryAfter: .seconds(1)), .abandoned] + ProofRefusal.allCases.map(Self.proof)
    }

    public var problem: Problem {
        switch self {
        case .proof(let refusal): refusal.problem
        case .invalid(let problems): .validation(problems)
        case .busy(let delay): .busy(retryAfter: delay)
        case .abandoned: .busy(retryAfter: .seconds(1))
        }
    }
}

extension ChangePassword.Refusal: ClientError {
    public static var allCases: [Self] { [.invalid([])] + ReproofRefusal.allCases.map(Self.reproof) }

    public var problem: Problem {
        switch self {
        case .reproof(let refusal): refusal.problem
        case .invalid(let problems): .validation(problems)
        }
    }
}

extension RequestEmailChange.Refusal: ClientError {
    public static var allCases: [Self] {
        [.invalid([]), .wait(.seconds(1))] + ReproofRefusal.allCases.map(Self.reproof)
    }

    public var problem: Problem {
        switch self {
        case .reproof(let refusal): refusal.problem
        case .invalid(let problems): .validation(problems)
        case .wait(let delay): .tooManyRequests(retryAfter: delay)
        }
    }
}

extension ConfirmEmailChange.Refusal: ClientError {
    public static var allCases: [Self] { [.taken] + ProofRefusal.allCases.map(Self.proof) }

    public var problem: Problem {
        switch self {
        case .proof(let refusal): refusal.problem
        case .taken: .alreadyRegistered
        }
    }
}

extension AddPerson.Refusal: ClientError {
    public static var allCases: [Self] {
        [.invalid([]), .taken, .attributeTaken([]), .notRepeated(.keyReused), .notRepeated(.gone)]
    }

    public var problem: Problem {
        switch self {
        case .invalid(let problems): .validation(problems)
        case .taken: .alreadyRegistered
        case .attributeTaken(let problems): .attributeTaken(problems)
        case .notRepeated(let refusal): RepeatProblem(refusal).problem
        }
    }
}

/// What can stand in the way of somebody who ends their own account.
enum OwnEndingRefusal: ClientError {
    case reproof(ReproofRefusal)
    case lastAdministrator

    static var allCases: [Self] { ReproofRefusal.allCases.map(Self.reproof) + [.lastAdministrator] }

    var problem: Problem {
        switch self {
        case .reproof(let refusal): refusal.problem
        case .lastAdministrator: .lastAdministrator
        }
    }
}

/// What can stand in the way of a deed on somebody's account whom a path names.
enum NamedUserRefusal: ClientError {
    case notThere
    case deed(DeedRefusal)

    static var allCases: [Self] { [.notThere] + DeedRefusal.allCases.map(Self.deed) }

    var problem: Problem {
        switch self {
        case .notThere: .notFound
        case .deed(let refusal): refusal.problem
        }
    }
}

extension DeedRefusal {
    var problem: Problem {
        switch self {
        case .aboveOwnRank: .aboveOwnRank
        case .lastAdministrator: .lastAdministrator
        }
    }
}

/// What can stand in the way of an administrator who names somebody.
enum UserRefusal: ClientError {
    case notThere
    case notUsable
    case hasPassword
    case ownAccount
    case deed(DeedRefusal)
    case invalid([FieldProblem])

    static var allCases: [Self] {
        [.notThere, .notUsable, .hasPassword, .ownAccount, .invalid([])] + DeedRefusal.allCases.map(Self.deed)
    }

    var problem: Problem {
        switch self {
        case .notThere: .notFound
        case .notUsable: .notUsable
        case .hasPassword: Problem(status: 409, code: "has_password", message: "The account has a password already")
        case .ownAccount: .ownAccount
        case .deed(let refusal): refusal.problem
        case .invalid(let problems): .validation(problems)
        }
    }
}
