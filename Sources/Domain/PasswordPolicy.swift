/// What a new password must satisfy. No composition rules, no expiry (NIST SP 800-63B-4 §3.1.1.2).
public struct PasswordPolicy: Sendable {
    /// In Unicode code points.
    public let minimumLength: Int
    /// In bytes of UTF-8, bounded before anything is hashed.
    public let maximumBytes: Int

    public static let standard = PasswordPolicy(minimumLength: 8, maximumBytes: 512)

    public init(minimumLength: Int, maximumBytes: Int) {
        self.minimumLength = minimumLength
        self.maximumBytes = maximumBytes
    }

    public enum Problem: String, Hashable, CaseIterable, Sendable {
        case tooShort = "password_too_short"
        case tooLong = "password_too_long"
        case isUsername = "password_is_username"
        case isEmail = "password_is_email"
        case common = "password_common"
    }

    /// All problems at once, in the order of the cases.
    ///
    /// `folded` is the case-folded password; `common` answers for a password's case-folded bytes.
    public func problems(
        password: Secret, folded: String, username: Username, email: EmailAddress, isCommon: (String) -> Bool
    ) -> [Problem] {
        let length = String(decoding: password.exposed, as: UTF8.self).unicodeScalars.count
        if password.count > maximumBytes { return [.tooLong] }
        var problems: [Problem] = []
        if length < minimumLength { problems.append(.tooShort) }
        if folded == username.key { problems.append(.isUsername) }
        let local = String(email.key.prefix { $0 != "@" })
        if folded == email.key || folded == local { problems.append(.isEmail) }
        if isCommon(folded) { problems.append(.common) }
        return problems
    }
}
