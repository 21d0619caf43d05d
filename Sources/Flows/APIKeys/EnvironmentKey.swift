internal import Crypto
public import Domain
public import HTTP

/// The one API key that stands in the server's settings, for installations that need no other. It belongs to the default
/// realm, and is bound like any other key.
public struct EnvironmentKey: Sendable {
    private let digests: [[UInt8]]
    let holder: APIKeyHolder

    /// - Parameter previous: is good besides, so that the key can be changed while programs still have the old one.
    public init(
        _ secret: Secret, previous: Secret?, permissions: [Permission.Pair], networks: [AddressBlock],
        expiresAt: Timestamp?
    ) {
        digests = [Digest.sha256(secret.exposed), Digest.sha256((previous ?? secret).exposed)]
        holder = APIKeyHolder(
            id: nil, name: APIKeyHolder.environmentName, realm: .standard,
            grants: Grants(roles: [], permissions: permissions.map { ($0.description, $0) }), expiresAt: expiresAt,
            networks: networks)
    }

    /// `nil` for any other text. Looks at both digests, whichever is right.
    func check(
        _ text: ArraySlice<UInt8>, in realm: RealmName, from address: ClientAddress, at now: Timestamp
    ) -> CheckAPIKey.Outcome? {
        guard realm == holder.realm else { return nil }
        let digest = Digest.sha256(Array(text))
        guard digests.filter({ constantTimeEqual($0, digest) }).count > 0 else { return nil }
        if let end = holder.expiresAt, now >= end { return .refused(.expired) }
        return holder.mayComeFrom(address) ? .accepted(holder) : .refused(.network)
    }
}
