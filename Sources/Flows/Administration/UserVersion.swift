internal import Crypto
public import Domain
internal import Standards

/// One version of an account as its reader saw it: the entity tag of what administrators read and edit.
///
/// Beside the number of the version it holds three bytes of a digest of each field. So an edit that comes too late can be
/// told which fields differ from what its author looked at, and nobody has to remember old versions.
public struct UserVersion: Hashable, Sendable {
    public let number: Int64
    private let digests: [[UInt8]]

    private static let digestCount = 3
    /// In the order of the digests; the names are public contract.
    private static let fields = [
        "username", "email", "email_verified_at", "active", "banned_until", "deactivated_at", "language",
        "app_metadata",
        "user_metadata",
    ]

    public init(_ user: User) {
        number = user.version
        let values = [
            user.username.text, user.email.text, user.emailVerifiedAt.text, user.isActive ? "1" : "0",
            user.bannedUntil.text, user.deactivatedAt.text, user.language?.rawValue ?? "", user.appMetadata,
            user.userMetadata,
        ]
        digests = zip(Self.fields, values).map { field, value in
            Array(Digest.sha256(user.id.bytes + Array("\(field)\u{0}\(value)".utf8)).prefix(Self.digestCount))
        }
    }

    /// What stands between the quotes of the tag.
    public var text: String { "\(number).\(Base64URL.encode(Array(digests.joined())))" }

    /// `nil` for what was never a tag.
    public init?(_ text: String) {
        let parts = text.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        guard parts.count == 2, let number = Int64(String(Substring(parts[0]))), number >= 0,
            let bytes = Base64URL.decode(parts[1]), bytes.count == Self.fields.count * Self.digestCount
        else { return nil }
        self.number = number
        digests = stride(from: 0, to: bytes.count, by: Self.digestCount).map {
            Array(bytes[$0..<$0 + Self.digestCount])
        }
    }

    /// The names of the fields in which two versions differ.
    public func differences(to other: UserVersion) -> [String] {
        zip(Self.fields, zip(digests, other.digests)).filter { $0.1.0 != $0.1.1 }.map(\.0)
    }
}

extension Timestamp? {
    fileprivate var text: String { map { "\($0.milliseconds)" } ?? "" }
}
