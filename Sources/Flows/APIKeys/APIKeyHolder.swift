public import Domain
public import HTTP

/// A program that was proven to hold an API key, and what it may do.
///
/// A class, because every request that the key authenticates carries one.
public final class APIKeyHolder: Sendable {
    /// `nil` for the key from the server's settings.
    public let id: ID<APIKey>?
    public let name: String
    public let realm: RealmName
    /// Without roles: a key holds what it was given, and nothing else.
    public let grants: Grants
    public let expiresAt: Timestamp?
    /// From where the key may be used; from anywhere where there are none.
    public let networks: [AddressBlock]

    init(
        id: ID<APIKey>?, name: String, realm: RealmName, grants: Grants, expiresAt: Timestamp?,
        networks: [AddressBlock]
    ) {
        self.id = id
        self.name = name
        self.realm = realm
        self.grants = grants
        self.expiresAt = expiresAt
        self.networks = networks
    }

    /// The name of the key from the settings, which no other key may have.
    static let environmentName = "environment"

    /// Whoever comes through a Unix socket is on this machine.
    func mayComeFrom(_ address: ClientAddress) -> Bool {
        if networks.isEmpty { return true }
        switch address {
        case .ip(let address): return networks.contains { $0.contains(address) }
        case .local: return networks.contains { $0.contains(Self.loopbackV4) || $0.contains(Self.loopbackV6) }
        }
    }

    private static let loopbackV4 = IPAddress(v4: 0x7F00_0001)
    private static let loopbackV6 = IPAddress(v6high: 0, low: 1)
}
