internal import Domain
internal import Standards
internal import Storage

/// Checks what a person wants to be called and to sign in with: the same rules for sign-up, CLI and administrators.
enum NewAccount {
    struct Checked: Sendable {
        let username: Username
        let email: EmailAddress
        let password: Secret
    }

    /// Every problem of every field at once.
    static func check(_ input: SignUp.Input, policy: PasswordPolicy) -> Result<Checked, Problems> {
        var problems: [FieldProblem] = []
        let username = Username.parse(input.username)
        if case .failure(let problem) = username { problems.append(problem.field("username")) }
        let email = EmailAddress.parse(input.email)
        if case .failure(let problem) = email { problems.append(problem.field("email")) }
        let nowhere = EmailAddress(text: "", key: "")
        let nobody = Username(text: "", key: "")
        let found = policy.problems(
            password: input.password, folded: PasswordText.foldForComparison(input.password),
            username: (try? username.get()) ?? nobody, email: (try? email.get()) ?? nowhere,
            isCommon: CommonPasswords.contains)
        problems += found.map { $0.field(policy) }
        if case .success(let username) = username, case .success(let email) = email, problems.isEmpty {
            return .success(Checked(username: username, email: email, password: input.password))
        }
        return .failure(Problems(list: problems))
    }

    struct Problems: Error { let list: [FieldProblem] }
}

extension IdentifierProblem {
    func field(_ name: String) -> FieldProblem {
        let message =
            switch self {
            case .empty: "is required"
            case .tooLong: "is too long"
            case .forbiddenCharacter: "has a character that is not allowed"
            case .outerWhitespace: "must not begin or end with a space"
            case .containsAt: "must not contain '@'"
            case .notAnAddress: "is not an e-mail address"
            case .localPart: "has an invalid part before the '@'"
            case .domain: "has an invalid domain after the '@'"
            }
        return FieldProblem(field: name, code: rawValue, message: message)
    }
}

extension PasswordPolicy.Problem {
    func field(_ policy: PasswordPolicy) -> FieldProblem {
        let message =
            switch self {
            case .tooShort: "must have at least \(policy.minimumLength) characters"
            case .tooLong: "must have at most \(policy.maximumBytes) bytes"
            case .isUsername: "must not be the username"
            case .isEmail: "must not be the e-mail address"
            case .common: "is one of the most common passwords"
            }
        return FieldProblem(field: "password", code: rawValue, message: message)
    }
}
