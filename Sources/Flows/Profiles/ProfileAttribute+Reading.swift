internal import Domain
internal import Standards

extension ProfileAttribute {
    /// The value in its canonical form; `nil` where something is wrong with it, which is then in `problems` and never
    /// says what was sent.
    func read(_ json: JSON, at path: String, _ problems: inout [FieldProblem]) -> AttributeValue? {
        switch type {
        case .boolean:
            if let flag = json.bool { return .flag(flag) }
            return problems.reject(path, "wrong_type", "must be true or false")
        case .integer(let range):
            guard case .integer(let number) = json else {
                return problems.reject(path, "wrong_type", "must be a whole number")
            }
            if range.contains(number) { return .integer(number) }
            return problems.reject(
                path, "out_of_range", "must be from \(range.lowerBound) to \(range.upperBound)")
        case .account: return problems.reject(path, "not_writable", "is kept in the account, and not changed here")
        case .text, .email, .phone, .date, .choice, .cpf, .oab, .oabNumber, .uf:
            guard let text = json.string else { return problems.reject(path, "wrong_type", "must be text") }
            return self.text(text, at: path, &problems).map { .text($0) }
        }
    }

    private func text(_ text: String, at path: String, _ problems: inout [FieldProblem]) -> String? {
        switch type {
        case .text(let range): return Self.plain(text, range, at: path, &problems)
        case .email:
            switch EmailAddress.parse(text) {
            case .success(let address): return address.text
            case .failure(let problem):
                problems.append(problem.field(path))
                return nil
            }
        case .phone(let country):
            return PhoneNumber.parse(text, in: country)
                ?? problems.reject(
                    path, "invalid_phone",
                    country == nil
                        ? "must be a telephone number with its country, such as +5511987654321"
                        : "must be a telephone number, such as +5511987654321 or (11) 98765-4321")
        case .date:
            return CalendarDate.isValid(text)
                ? text : problems.reject(path, "invalid_date", "must be a day such as 1990-02-28")
        case .choice(let words):
            return words.first { $0.utf8.elementsEqual(text.utf8) }
                ?? problems.reject(path, "not_one_of", "must be one of: \(words.joined(separator: ", "))")
        case .cpf:
            switch CPF.parse(text) {
            case .success(let digits): return digits
            case .failure(let problem): return problems.reject(path, problem.rawValue, problem.message)
            }
        case .oab:
            return OAB.whole(text)
                ?? problems.reject(path, "invalid_oab", "must be a state and a number, such as SP 123456")
        case .oabNumber:
            return OAB.number(text)
                ?? problems.reject(path, "invalid_oab", "must be a number of 1 to 6 digits, such as 123456")
        case .uf:
            return OAB.unit(text)
                ?? problems.reject(path, "invalid_uf", "must be a federative unit of Brazil, such as SP")
        case .integer, .boolean, .account: return nil
        }
    }

    private static func plain(
        _ text: String, _ range: ClosedRange<Int>, at path: String, _ problems: inout [FieldProblem]
    ) -> String? {
        switch PlainText.parse(text, longest: range.upperBound) {
        case .success(let text) where text.unicodeScalars.count < range.lowerBound:
            return problems.reject(path, "too_short", "must have at least \(range.lowerBound) characters")
        case .success(let text): return text
        case .failure(.tooLong):
            return problems.reject(path, "too_long", "must have at most \(range.upperBound) characters")
        case .failure(let problem):
            problems.append(problem.field(path))
            return nil
        }
    }

    /// What must be unique: the value in the form in which it is compared, with the other attribute's where that counts
    /// too. `nil` where the person has no such value.
    func uniqueText(in values: ProfileValues) -> String? {
        guard isUnique, let value = values[name] else { return nil }
        let own = key(of: value)
        guard let uniqueWith else { return own }
        return values[uniqueWith].map { "\(own)\u{0}\($0.json.text)" }
    }

    func key(of value: AttributeValue) -> String {
        guard case .text(let text) = value else { return value.json.text }
        switch type {
        case .text: return SearchText.key(text) ?? text
        case .email:
            if case .success(let address) = EmailAddress.parse(text) { return address.key }
            return text
        case .phone, .date, .choice, .integer, .boolean, .cpf, .oab, .oabNumber, .uf, .account: return text
        }
    }
}

extension CPF.Problem {
    fileprivate var message: String {
        switch self {
        case .form: "must be a CPF of eleven digits, such as 529.982.247-25"
        case .repeated: "must not be the same digit eleven times"
        case .checkDigits: "has check digits that do not match"
        }
    }
}
