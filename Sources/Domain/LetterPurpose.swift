/// What a letter's link or code is good for; the raw values stand in the database.
public enum LetterPurpose: String, CaseIterable, Hashable, Sendable {
    case confirmSignUp = "confirm_sign_up"
    case verifyEmail = "verify_email"
    case resetPassword = "reset_password"
    /// An account that somebody else made, and that has no password yet.
    case invite
    case changeEmail = "change_email"
    case undoEmailChange = "undo_email_change"
    case undoDeletion = "undo_deletion"
    /// Becoming a member of an organisation, with or without an account.
    case joinOrganisation = "join_organisation"

    /// How long the link is good; of ``undoDeletion`` as long as the realm's time of grace.
    public var life: Duration {
        switch self {
        case .confirmSignUp, .verifyEmail: .seconds(86_400)
        case .resetPassword, .changeEmail: .seconds(3_600)
        case .invite, .undoEmailChange, .undoDeletion: .seconds(7 * 86_400)
        case .joinOrganisation: .seconds(3 * 86_400)
        }
    }

    /// Whether somebody waits for the letter with a ticket, beside which its code can be typed.
    public var hasCode: Bool {
        switch self {
        case .confirmSignUp, .verifyEmail, .resetPassword, .changeEmail: true
        case .invite, .undoEmailChange, .undoDeletion, .joinOrganisation: false
        }
    }

    /// Whether it outlives a changed password or address: it is the owner's way back from just such a change.
    public var survivesChange: Bool {
        switch self {
        case .undoEmailChange, .undoDeletion: true
        case .confirmSignUp, .verifyEmail, .resetPassword, .invite, .changeEmail, .joinOrganisation: false
        }
    }

    /// Whether a newer letter leaves the older ones good: each of these leads back to another address.
    public var isKeptBesideNewer: Bool { self == .undoEmailChange }

    /// How long a code can be typed. Eight digits are few.
    public static let codeLife = Duration.seconds(600)
    /// How often a code may be tried; the link stays good.
    public static let mostTries: Int64 = 5
}
