internal import Domain

/// Everything that leaves a line in the audit, with what follows from it.
///
/// The raw values are public contract: they are the `did` of `logline.jsonl`.
enum Deed: String, CaseIterable, Sendable {
    case createUser = "create_user"
    case login
    case loginFailed = "login_failed"
    case logout
    /// A code was made that takes a session to an application's host.
    case beginHandover = "begin_handover"
    /// The application's host took it.
    case redeemHandover = "redeem_handover"
    case refreshTokenReuse = "refresh_token_reuse"
    case refreshAheadOfDatabase = "refresh_ahead_of_database"
    /// Presented again, and not from where the newest token went: a second device, or a thief within the grace. Answered
    /// and counted, or, with a status of false, the end of the session where the realm says so.
    case refreshReplayedElsewhere = "refresh_replayed_elsewhere"
    case refused = "request_refused"
    case createRealm = "create_realm"
    /// Settings of a realm; with what they were and what they are in `changes`.
    case changeRealm = "change_realm"
    case createRole = "create_role"
    /// What it is for.
    case changeRole = "change_role"
    case deleteRole = "delete_role"
    case createPermission = "create_permission"
    /// Its name, or what it is for.
    case changePermission = "change_permission"
    case deletePermission = "delete_permission"
    /// A role gives from now on what another one gives; and no longer.
    case includeRole = "include_role"
    case excludeRole = "exclude_role"
    case createGroup = "create_group"
    case changeGroup = "change_group"
    case deleteGroup = "delete_group"
    case addMember = "add_group_member"
    case removeMember = "remove_group_member"
    case createOrganisation = "create_organisation"
    case changeOrganisation = "change_organisation"
    case deleteOrganisation = "delete_organisation"
    /// Somebody is a member from now on, or is something else in it; what they were is in `changes`.
    case changeOrganisationMember = "change_organisation_member"
    case removeOrganisationMember = "remove_organisation_member"
    case inviteToOrganisation = "invite_to_organisation"
    case withdrawInvitation = "withdraw_invitation"
    /// Somebody proved that an invitation's letter reached them, and became a member.
    case acceptInvitation = "accept_invitation"
    case grantRole = "grant_role"
    case revokeRole = "revoke_role"
    case grantPermission = "grant_permission"
    case revokePermission = "revoke_permission"
    case disableUser = "disable_user"
    case enableUser = "enable_user"
    /// What others tried against them does not slow them down any more.
    case unlockUser = "unlock_user"
    /// Somebody's attributes; their names are in `attributes`.
    case changeProfile = "change_profile"
    case endSession = "end_session"
    case endSessions = "end_sessions"
    /// A successor was published; it signs from the time in `signs_from` on.
    case rotateSigningKey = "rotate_signing_key"
    case importSigningKey = "import_signing_key"
    /// Nothing a key signed is believed any more, ahead of its time.
    case retireSigningKey = "retire_signing_key"
    case changeMasterKey = "change_master_key"
    /// A realm's people are known in the database to teams' own row-level security policies, see ``InstallRowSecurity``.
    case admitToDatabase = "admit_to_database"
    case dismissFromDatabase = "dismiss_from_database"
    case rotateDatabaseTokenKey = "rotate_database_token_key"
    case createAPIKey = "create_api_key"
    /// The secret from before is good besides for `overlap_seconds`.
    case rotateAPIKey = "rotate_api_key"
    case revokeAPIKey = "revoke_api_key"
    /// Users of another system were taken in; with how many, and which import they belong to.
    case importUsers = "import_users"
    /// All users of a realm were given away to an operator, their passwords' hashes included.
    case exportUsers = "export_users"
    case giveConsent = "give_consent"
    case withdrawConsent = "withdraw_consent"
    /// Somebody took everything that is known about them.
    case exportOwnData = "export_own_data"
    /// An administrator took what is known about somebody, to give it to them.
    case exportData = "export_data"
    /// Names the id and nothing else.
    case eraseUser = "erase_user"
    case warnInactiveUser = "warn_inactive_user"

    /// Somebody asked for an account; nothing exists until the address is proven.
    case requestSignUp = "request_sign_up"
    /// Somebody proved the address of an account that was made for them, and chose its password.
    case linkUser = "link_user"
    case requestVerification = "request_verification"
    case verifyEmail = "verify_email"
    /// With a status of false where there was nobody to write to.
    case requestReset = "request_password_reset"
    case resetPassword = "reset_password"
    case changePassword = "change_password"
    case requestEmailChange = "request_email_change"
    case changeEmail = "change_email"
    case undoEmailChange = "undo_email_change"
    case deactivateUser = "deactivate_user"
    case reactivateUser = "reactivate_user"
    case requestDeletion = "request_deletion"
    case undoDeletion = "undo_deletion"
    /// An administrator had somebody written to.
    case startReset = "start_password_reset"
    case inviteUser = "invite_user"
    case banUser = "ban_user"
    case unbanUser = "unban_user"
    case deleteUser = "delete_user"
    /// An administrator changed somebody's account; `fields` names what, and what it was and is stands with the person.
    case changeUser = "change_user"
    /// An administrator took a list of users as a table; with what it was narrowed by.
    case exportUserList = "export_user_list"
    /// A letter that was given up, or waited, is tried anew.
    case retryMail = "retry_mail"
    /// An operator acts as somebody from now on, and not any more; the second with why, in `cause`.
    case beginImpersonation = "begin_impersonation"
    case endImpersonation = "end_impersonation"
    case createBreakGlassCode = "create_break_glass_code"
    case revokeBreakGlassCode = "revoke_break_glass_code"
    /// The code from the safe opened an operator session.
    case useBreakGlass = "use_break_glass"

    var consequences: Event.Consequences {
        switch self {
        case .login, .loginFailed, .beginHandover, .redeemHandover:
            Event.Consequences(ifOK: "access_granted", ifDoubt: "require_2fa", ifNot: "block_access")
        case .refreshTokenReuse:
            Event.Consequences(ifOK: "session_ended", ifDoubt: "notify_user", ifNot: "session_ended")
        case .refreshReplayedElsewhere:
            Event.Consequences(ifOK: "access_granted", ifDoubt: "notify_user", ifNot: "session_ended")
        case .refreshAheadOfDatabase:
            Event.Consequences(ifOK: "access_granted", ifDoubt: "notify_operator", ifNot: "session_ended")
        case .refused:
            Event.Consequences(ifOK: "access_granted", ifDoubt: "notify_operator", ifNot: "block_access")
        case .retireSigningKey:
            Event.Consequences(ifOK: "tokens_refused", ifDoubt: "review", ifNot: "tokens_accepted")
        case .exportOwnData, .exportData, .exportUserList:
            Event.Consequences(ifOK: "data_handed_out", ifDoubt: "notify_user", ifNot: "data_kept")
        case .eraseUser:
            Event.Consequences(ifOK: "key_destroyed", ifDoubt: "review", ifNot: "data_kept")
        case .revokeAPIKey:
            Event.Consequences(ifOK: "key_refused", ifDoubt: "review", ifNot: "key_accepted")
        case .requestSignUp, .requestVerification, .requestReset, .requestEmailChange, .startReset, .inviteUser,
            .inviteToOrganisation:
            Event.Consequences(ifOK: "letter_sent", ifDoubt: "review", ifNot: "nothing_changed")
        case .changeUser, .linkUser, .verifyEmail, .resetPassword, .changePassword, .changeEmail, .undoEmailChange,
            .reactivateUser,
            .undoDeletion:
            Event.Consequences(ifOK: "change_applied", ifDoubt: "notify_user", ifNot: "change_refused")
        case .logout, .disableUser, .endSession, .endSessions, .deactivateUser, .requestDeletion, .banUser, .deleteUser:
            Event.Consequences(ifOK: "session_ended", ifDoubt: "end_session", ifNot: "session_kept")
        case .createUser, .createRealm, .changeRealm, .createRole, .changeRole, .deleteRole, .createPermission,
            .changePermission, .deletePermission, .includeRole, .excludeRole, .createGroup, .changeGroup,
            .deleteGroup, .addMember, .removeMember, .createOrganisation, .changeOrganisation, .deleteOrganisation,
            .changeOrganisationMember, .removeOrganisationMember, .withdrawInvitation, .acceptInvitation,
            .changeProfile, .grantRole, .revokeRole, .grantPermission,
            .revokePermission,
            .enableUser, .unbanUser, .unlockUser, .rotateSigningKey, .importSigningKey, .changeMasterKey, .createAPIKey,
            .rotateAPIKey, .retryMail, .giveConsent, .withdrawConsent, .warnInactiveUser:
            Event.Consequences(ifOK: "change_applied", ifDoubt: "review", ifNot: "change_refused")
        case .beginImpersonation, .useBreakGlass:
            Event.Consequences(ifOK: "access_granted", ifDoubt: "notify_operator", ifNot: "block_access")
        case .endImpersonation:
            Event.Consequences(ifOK: "session_ended", ifDoubt: "end_session", ifNot: "session_kept")
        case .createBreakGlassCode, .revokeBreakGlassCode:
            Event.Consequences(ifOK: "change_applied", ifDoubt: "review", ifNot: "change_refused")
        case .importUsers, .exportUsers, .admitToDatabase, .dismissFromDatabase, .rotateDatabaseTokenKey:
            Event.Consequences(ifOK: "change_applied", ifDoubt: "review", ifNot: "change_refused")
        }
    }
}
