internal import Domain
internal import Flows
internal import Standards

/// An API key as clients get it; never with its text.
struct APIKeyReply: Sendable {
    let id: ID<APIKey>
    let name: String
    let state: APIKeySummary.State
    let permissions: [String]
    let networks: [String]
    let createdAt: Timestamp
    let expiresAt: Timestamp?
    let revokedAt: Timestamp?
    let previousUntil: Timestamp?
    let lastUsedAt: Timestamp?
    let lastUsedAddress: String?

    static let schema: Schema<APIKeyReply> = .object(
        APIKeyReply.init(
            id:name:state:permissions:networks:createdAt:expiresAt:revokedAt:previousUntil:lastUsedAt:lastUsedAddress:),
        Field("id", .identifier(), \.id, "Never changes."),
        Field("name", .text(example: "nightly-backup"), \.name, "Unique among the realm's keys that were not revoked."),
        Field("state", .choice(), \.state, "`active`, `expired` or `revoked`."),
        Field(
            "permissions", .array(.text(example: "messages:read"), count: 0...64), \.permissions,
            "What it may do; without any, it may only verify."),
        Field(
            "networks", .array(.text(example: "10.0.0.0/8"), count: 0...64), \.networks,
            "From where it may be used; without any, from anywhere."),
        Field("created_at", .timestamp, \.createdAt, "When it was made."),
        Field("expires_at", .nullable(.timestamp), \.expiresAt, "From when on it is refused; null for never."),
        Field("revoked_at", .nullable(.timestamp), \.revokedAt, "When it was revoked; null where it was not."),
        Field(
            "previous_until", .nullable(.timestamp), \.previousUntil,
            "Until when the text from before the last rotation is good besides; null where it is not."),
        Field(
            "last_used_at", .nullable(.timestamp), \.lastUsedAt,
            "The last use, to about a minute; null before the first."),
        Field(
            "last_used_address", .nullable(.text(example: "192.0.2.7")), \.lastUsedAddress,
            "Where that came from; null before the first.")
    ).named("APIKey")
}

extension APIKeyReply {
    init(_ key: APIKeySummary) {
        self.init(
            id: key.id, name: key.name, state: key.state, permissions: key.permissions, networks: key.networks,
            createdAt: key.createdAt, expiresAt: key.expiresAt, revokedAt: key.revokedAt,
            previousUntil: key.previousUntil, lastUsedAt: key.lastUsedAt,
            lastUsedAddress: key.lastUsedAddress.isEmpty ? nil : key.lastUsedAddress)
    }
}

/// A key with its text, which is told this once.
struct APIKeyMade: Sendable {
    let key: APIKeyReply
    let text: String

    init(key: APIKeyReply, text: String) {
        self.key = key
        self.text = text
    }

    init(_ key: APIKeySummary, text: String) { self.init(key: APIKeyReply(key), text: text) }

    static let schema: Schema<APIKeyMade> = .object(
        APIKeyMade.init(key:text:),
        Field("api_key", APIKeyReply.schema, \.key, "The key, as lists show it."),
        Field(
            "key", .text(example: "aldrava_AZNvPoorfE2eXxorPE1ebwAB…"), \.text,
            "What programs send in `X-Service-Api-Key`. It is not told again."))
}

/// The key that a path names.
enum APIKeyPath {
    static let schema: Schema<ID<APIKey>> = .object(
        { $0 }, Field("id", .identifier(), \.self, "The key's id."))
}

extension Problem {
    static let apiKeyExists = Problem(
        status: 409, code: "api_key_exists", message: "Another API key of the realm has this name.")
    static let apiKeyRevoked = Problem(
        status: 409, code: "api_key_revoked", message: "The API key was revoked; make another one.")
    static let apiKeyExpired = Problem(
        status: 409, code: "api_key_expired", message: "The API key has expired; make another one.")
}
