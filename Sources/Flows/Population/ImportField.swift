/// What a row may say of a user; the raw values are the names in files.
public enum ImportField: String, CaseIterable, Sendable {
    case id
    case username
    case email
    case passwordHash = "password_hash"
    case emailVerified = "email_verified"
    case emailVerifiedAt = "email_verified_at"
    case active
    case bannedUntil = "banned_until"
    case deactivatedAt = "deactivated_at"
    case createdAt = "created_at"
    case lastSignInAt = "last_sign_in_at"
    case language
    case roles
    case permissions
    case appMetadata = "app_metadata"
    case userMetadata = "user_metadata"
    /// Read and not kept: numbers are given here, and so is the time of the last change.
    case number
    case updatedAt = "updated_at"
}
