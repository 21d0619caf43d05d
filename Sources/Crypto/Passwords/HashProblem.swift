/// Why a text is no hash that could ever be compared with a password.
public enum HashProblem: String, Error, CaseIterable, Sendable {
    /// Begins like nothing that is known here.
    case unknownFormat = "unknown_hash_format"
    /// Known, and not taken: without salt, a single digest, or with a defect of its own, such as `md5$…` and `$2x$…`.
    case unsupportedFormat = "unsupported_hash_format"
    /// Begins like a known format and breaks its rules.
    case malformed = "malformed_hash"
    /// Above ``HashCeiling``: comparing a password with it would take too much memory or time.
    case tooCostly = "hash_too_costly"
}
