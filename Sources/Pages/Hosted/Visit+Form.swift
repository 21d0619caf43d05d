internal import Domain
internal import Flows
internal import HTTP

/// A form that was sent to a page of a realm, read, or the page that says why it was not taken.
enum Posted {
    case read(Visit)
    case refused(Response)

    /// - Parameter path: of the page whose form it is.
    init(_ page: PageRequest, on path: StaticString) {
        switch Form(page, own: page.realm.origin) {
        case .read(let form):
            let visit = Visit(posted: form, page)
            self = page.realm.hasPages ? .read(visit) : .refused(visit.notFound)
        case .unproven: self = .refused(Visit(reading: page).unproven(path))
        case .unreadable: self = .refused(Visit(reading: page).unreadable(path))
        }
    }
}

extension Visit {
    /// What was typed, to be shown again; a password never is.
    func held(_ name: StaticString) -> String {
        form[name.description].flatMap { $0.utf8.count <= 1_024 ? $0 : nil } ?? ""
    }

    func secret(_ name: StaticString) -> Secret { Secret(utf8: form[name.description] ?? "") }

    /// A name and a password that could be somebody's; `nil` where one is missing or longer than any.
    var credentials: (identifier: String, password: Secret)? {
        let (identifier, password) = (form["username_or_email"] ?? "", form["password"] ?? "")
        guard (1...1_024).contains(identifier.utf8.count), (1...4_096).contains(password.utf8.count) else { return nil }
        return (identifier, Secret(utf8: password))
    }

    /// Whether a box was ticked.
    func isTicked(_ name: StaticString) -> Bool { form[name.description] != nil }

    /// The first problem of each field, in words.
    func words(for problems: [FieldProblem]) -> [String: String] {
        let least = String(realm.rules.passwordPolicy.minimumLength)
        var words: [String: String] = [:]
        for problem in problems where words[problem.field] == nil {
            words[problem.field] =
                self.words(forAttribute: problem) ?? Self.phrase(problem.code).words(in: language, least)
        }
        return words
    }

    /// A problem's code in words; a test walks all codes that there are.
    static func phrase(_ code: String) -> Phrase {
        switch code {
        case "empty", "required": .required
        case "too_long": .tooLong
        case "outer_whitespace": .outerWhitespace
        case "contains_at": .containsAt
        case "not_an_address": .notAnAddress
        case "local_part": .localPart
        case "domain": .domain
        case PasswordPolicy.Problem.tooShort.rawValue: .passwordTooShort
        case PasswordPolicy.Problem.tooLong.rawValue: .passwordTooLong
        case PasswordPolicy.Problem.isUsername.rawValue: .passwordIsUsername
        case PasswordPolicy.Problem.isEmail.rawValue: .passwordIsEmail
        case PasswordPolicy.Problem.common.rawValue: .passwordCommon
        case "breached": .passwordBreached
        case "breach_check_unavailable": .passwordUnchecked
        case "disposable_address": .disposableAddress
        default: .forbiddenCharacter
        }
    }
}

extension TextField {
    /// - Parameter name: `password` unless the page has two.
    static func newPassword(
        _ visit: Visit, name: StaticString = "password", label: String, problem: String?
    ) -> TextField {
        let least = String(visit.realm.rules.passwordPolicy.minimumLength)
        return TextField(
            name: InputName(name), label: label, kind: "password", autocomplete: "new-password",
            hint: Phrase.passwordRule.words(in: visit.language, least), problem: problem, longest: 4_096)
    }

    static func currentPassword(
        name: StaticString, label: String, problem: String? = nil, isRefused: Bool = false
    ) -> TextField {
        TextField(
            name: InputName(name), label: label, kind: "password", autocomplete: "current-password", problem: problem,
            isDescribedByNotice: isRefused, longest: 4_096)
    }

    /// The eight digits of a mail. Blanks between them are read over.
    static func mailCode(_ visit: Visit, problem: String?) -> TextField {
        TextField(
            name: "code", label: visit.words(.mailCode), autocomplete: "one-time-code",
            hint: visit.words(.mailCodeHint),
            problem: problem, longest: 32, keys: "numeric")
    }
}

extension Response {
    /// `Retry-After` has whole seconds: rounded up, and at least one.
    func retry(after delay: Duration) -> Response {
        var response = self
        response.headers.add("Retry-After", String((max(delay.wholeMilliseconds, 1) + 999) / 1_000))
        return response
    }
}
