public import Domain

/// A realm's rules for terms, consents and how long anything is kept.
public struct PrivacyRules: Sendable {
    /// What people are asked to agree to, each in its present version; by name.
    public var terms: [TermsDocument] = []
    /// An account that nobody used for so many days ends; `nil` for never.
    public var inactiveAfterDays: Int64?
    /// So many days before that end the person is warned; the most first.
    public var inactivityWarningDays: [Int64] = [30, 7]
    /// What the end of an unused account is.
    public var inactiveThen = AfterInactivity.disable
    /// How many days the operator keeps backups; `nil` where nobody said.
    public var backupRetentionDays: Int64?

    public init() {}

    public var inactivity: InactivityRule {
        InactivityRule(
            limit: inactiveAfterDays.map { .seconds($0 * 86_400) },
            warnings: inactivityWarningDays.map { .seconds($0 * 86_400) })
    }
}

/// What becomes of an account that nobody used for too long; the raw values are public contract.
public enum AfterInactivity: String, CaseIterable, Hashable, Sendable {
    case disable
    case erase
}
