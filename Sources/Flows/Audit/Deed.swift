internal import Domain

/// Everything that leaves a line in the audit, with what follows from it.
///
/// The raw values are public contract: they are the `did` of `logline.jsonl`.
enum Deed: String, CaseIterable, Sendable {
    case createUser = "create_user"
    case login
    case loginFailed = "login_failed"
    case logout
    case refreshTokenReuse = "refresh_token_reuse"
    case refreshAheadOfDatabase = "refresh_ahead_of_database"
    /// Answered, but not from where the newest token went: a second device, or a thief within the grace.
    case refreshReplayedElsewhere = "refresh_replayed_elsewhere"
    case refused = "request_refused"
    case createRole = "create_role"
    case deleteRole = "delete_role"
    case createPermission = "create_permission"
    case grantRole = "grant_role"
    case revokeRole = "revoke_role"
    case grantPermission = "grant_permission"
    case revokePermission = "revoke_permission"
    case disableUser = "disable_user"
    case enableUser = "enable_user"
    case endSession = "end_session"
    case endSessions = "end_sessions"
    /// A successor was published; it signs from the time in `signs_from` on.
    case rotateSigningKey = "rotate_signing_key"
    case importSigningKey = "import_signing_key"
    /// Nothing a key signed is believed any more, ahead of its time.
    case retireSigningKey = "retire_signing_key"
    case changeMasterKey = "change_master_key"

    var consequences: Event.Consequences {
        switch self {
        case .login, .loginFailed:
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
        case .logout, .disableUser, .endSession, .endSessions:
            Event.Consequences(ifOK: "session_ended", ifDoubt: "end_session", ifNot: "session_kept")
        case .createUser, .createRole, .deleteRole, .createPermission, .grantRole, .revokeRole, .grantPermission,
            .revokePermission, .enableUser, .rotateSigningKey, .importSigningKey, .changeMasterKey:
            Event.Consequences(ifOK: "change_applied", ifDoubt: "review", ifNot: "change_refused")
        }
    }
}
