internal import Domain
public import Flows
internal import Storage

// The one place where refusals of the flows become answers. No `default:` anywhere: a new refusal must be placed.

extension SignUp.Refusal: ClientError {
    public static var allCases: [Self] { [.invalid([]), .taken, .busy(retryAfter: .seconds(1)), .abandoned] }

    public var problem: Problem {
        switch self {
        case .invalid(let problems): .validation(problems)
        case .taken:
            Problem(status: 409, code: "already_registered", message: "Username or email already exists")
        case .busy(let delay): .busy(retryAfter: delay)
        case .abandoned: .busy(retryAfter: .seconds(1))
        }
    }
}

extension SignIn.Refusal: ClientError {
    public static var allCases: [Self] { [.invalidCredentials, .busy(retryAfter: .seconds(1)), .abandoned] }

    public var problem: Problem {
        switch self {
        case .invalidCredentials:
            Problem(status: 401, code: "invalid_credentials", message: "Invalid credentials")
        case .busy(let delay): .busy(retryAfter: delay)
        case .abandoned: .busy(retryAfter: .seconds(1))
        }
    }
}

extension Refresh.Refusal: ClientError {
    public var problem: Problem {
        switch self {
        case .malformed, .unknown, .ended, .stolen:
            Problem(status: 401, code: "session_ended", message: "Sign in again.")
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
