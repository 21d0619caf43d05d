internal import Domain
public import Flows
internal import Storage

// The one place where refusals of the flows become answers. No `default:` anywhere: a new refusal must be placed.

extension SignUp.Refusal: ClientError {
    public static var allCases: [Self] {
        [
            .closed, .invalid([]), .taken, .usernameTaken, .throttled(retryAfter: .seconds(1)), .proofOfWorkRequired,
            .proofOfWorkInvalid, .busy(retryAfter: .seconds(1)), .abandoned,
        ]
    }

    public var problem: Problem {
        switch self {
        case .closed:
            Problem(status: 403, code: "sign_up_closed", message: "Accounts cannot be made here")
        case .invalid(let problems): .validation(problems)
        case .taken:
            Problem(status: 409, code: "already_registered", message: "Username or email already exists")
        case .usernameTaken:
            Problem(status: 409, code: "username_taken", message: "Username already exists")
        case .throttled(let delay): .tooManyRequests(retryAfter: delay)
        case .proofOfWorkRequired:
            Problem(
                status: 403, code: "proof_of_work_required", message: "The solution of a challenge is required here")
        case .proofOfWorkInvalid:
            Problem(
                status: 403, code: "proof_of_work_invalid",
                message: "The challenge is over, was used before, or is not solved")
        case .busy(let delay): .busy(retryAfter: delay)
        case .abandoned: .busy(retryAfter: .seconds(1))
        }
    }
}

extension SignIn.Refusal: ClientError {
    public static var allCases: [Self] {
        [
            .methodNotAllowed, .invalidCredentials, .deactivated(deletedAt: nil),
            .banned(until: Timestamp(milliseconds: 0)), .throttled(retryAfter: .seconds(1)),
            .busy(retryAfter: .seconds(1)), .abandoned,
        ]
    }

    public var problem: Problem {
        switch self {
        case .methodNotAllowed:
            Problem(status: 403, code: "sign_in_method_not_allowed", message: "Passwords are not accepted here")
        case .invalidCredentials:
            Problem(status: 401, code: "invalid_credentials", message: "Invalid credentials")
        case .deactivated:
            Problem(
                status: 403, code: "account_deactivated",
                message: "The account was deactivated by its owner, who can reactivate it")
        case .banned(let until):
            Problem(status: 403, code: "account_banned", message: "The account is banned until \(until.iso8601)")
        case .throttled(let delay): .tooManyRequests(retryAfter: delay)
        case .busy(let delay): .busy(retryAfter: delay)
        case .abandoned: .busy(retryAfter: .seconds(1))
        }
    }
}

extension Refresh.Refusal: ClientError {
    public var problem: Problem {
        switch self {
        case .malformed, .unknown, .ended, .stolen:
            Problem(status: 401, code: "session_ended", message: "Sign in again.", removesCookies: true)
        }
    }
}

extension Problem {
    /// What a failing database looks like from outside: "try again later", unless trying again cannot help.
    init(_ fault: StoreFault) {
        switch fault {
        case .unavailable, .full, .inputOutput, .constraint, .busy, .damaged, .closed: self = .temporarilyUnavailable
        case .unexpected: self = .serverError
        }
    }
}
