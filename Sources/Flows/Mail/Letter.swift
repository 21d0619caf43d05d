internal import Domain

/// Everything that people are written about. A link leads to a page, which asks before anything happens; a code is typed.
enum Letter: Sendable {
    /// Somebody signed up with this address; nothing exists until it is confirmed.
    case confirmSignUp(Proof)
    /// Somebody signed up with the address of an account that exists.
    case alreadyRegistered(signIn: String, forgot: String)
    case verifyEmail(Proof)
    case resetPassword(Proof)
    /// An administrator made an account for the person, who has yet to choose a password.
    case invite(Proof)
    /// Somebody, with or without an account, may become a member of an organisation, whose title it is.
    case joinOrganisation(Proof, organisation: String)
    /// To the new address.
    case confirmEmailChange(Proof)
    /// To the old address, with the way to undo it.
    case emailChanged(newMask: String, undo: Proof)
    case passwordChanged(at: Timestamp, forgot: String)
    case accountDeactivated(at: Timestamp)
    case accountReactivated(at: Timestamp)
    case accountBanned(until: Timestamp)
    case accountDisabled
    case accountDeleted(finallyAt: Timestamp, undo: Proof)
    /// Unused for so long that it will be deleted, unless the person signs in.
    case inactivityWarning(deletedAt: Timestamp, signIn: String)
    /// An operator acts as the person; no realm may keep this from them.
    case impersonated(by: String, at: Timestamp, until: Timestamp, mayWrite: Bool, reason: String)
    /// To every operator: the code from the safe was used.
    case breakGlassUsed(at: Timestamp, address: String)
    /// To see whether mail arrives.
    case test

    /// What proves that the letter was read.
    struct Proof: Sendable {
        /// An absolute URL of the realm.
        let link: String
        /// For typing; `nil` where the link alone is meant.
        let code: String?
        /// How long both are good.
        let life: Duration
    }
}

extension Letter {
    /// What it is about, in a word; stored, shown to operators, and the name of a realm's own words for it.
    var kind: String { name.rawValue }

    enum Name: String, CaseIterable, Sendable {
        case confirmSignUp = "confirm_sign_up"
        case alreadyRegistered = "already_registered"
        case verifyEmail = "verify_email"
        case resetPassword = "reset_password"
        case invite
        case joinOrganisation = "join_organisation"
        case confirmEmailChange = "confirm_email_change"
        case emailChanged = "email_changed"
        case passwordChanged = "password_changed"
        case accountDeactivated = "account_deactivated"
        case accountReactivated = "account_reactivated"
        case accountBanned = "account_banned"
        case accountDisabled = "account_disabled"
        case accountDeleted = "account_deleted"
        case inactivityWarning = "inactivity_warning"
        case impersonated
        case breakGlassUsed = "break_glass_used"
        case test
    }

    var name: Name {
        switch self {
        case .confirmSignUp: .confirmSignUp
        case .alreadyRegistered: .alreadyRegistered
        case .verifyEmail: .verifyEmail
        case .resetPassword: .resetPassword
        case .invite: .invite
        case .joinOrganisation: .joinOrganisation
        case .confirmEmailChange: .confirmEmailChange
        case .emailChanged: .emailChanged
        case .passwordChanged: .passwordChanged
        case .accountDeactivated: .accountDeactivated
        case .accountReactivated: .accountReactivated
        case .accountBanned: .accountBanned
        case .accountDisabled: .accountDisabled
        case .accountDeleted: .accountDeleted
        case .inactivityWarning: .inactivityWarning
        case .impersonated: .impersonated
        case .breakGlassUsed: .breakGlassUsed
        case .test: .test
        }
    }

    /// How long it is of use. One that tells of a change is sent however late; one that only lets its reader do something
    /// is not sent when that can no longer be done.
    var life: Duration? {
        switch self {
        case .confirmSignUp(let proof), .verifyEmail(let proof), .resetPassword(let proof), .invite(let proof),
            .confirmEmailChange(let proof), .joinOrganisation(let proof, _):
            proof.life
        case .emailChanged, .accountDeleted, .alreadyRegistered, .passwordChanged, .accountDeactivated,
            .accountReactivated, .accountBanned, .accountDisabled, .inactivityWarning, .impersonated, .breakGlassUsed,
            .test:
            nil
        }
    }

    /// Whether one that was not sent yet is of no use beside it: its proof died when this one's was made.
    var replacesOlder: Bool { life != nil }
}
