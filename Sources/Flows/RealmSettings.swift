public import Domain

/// How one realm behaves.
public struct RealmSettings: Sendable {
    public let name: RealmName
    /// The canonical URL, without a trailing slash: the tokens' `iss` and `aud`. Never taken from a request.
    public let issuer: String
    public let accessLifetime: Duration
    /// A session dies when it was not used for this long.
    public let idleLimit: Duration
    /// A session dies this long after sign-in, used or not.
    public let absoluteLimit: Duration
    /// How long after a confirmed rotation the token before it is still answered.
    public let refreshGrace: Duration
    public let passwordPolicy: PasswordPolicy
    /// What new signing keys are for; the present one keeps its own.
    public let signingAlgorithm: SigningAlgorithm
    /// A signing key is followed by another one after this; never where it is zero.
    public let keyRotation: Duration

    public init(
        name: RealmName, issuer: String, accessLifetime: Duration = .seconds(900),
        idleLimit: Duration = .seconds(7 * 86_400), absoluteLimit: Duration = .seconds(30 * 86_400),
        refreshGrace: Duration = .seconds(10), passwordPolicy: PasswordPolicy = .standard,
        signingAlgorithm: SigningAlgorithm = .es256, keyRotation: Duration = .seconds(90 * 86_400)
    ) {
        self.name = name
        self.issuer = issuer
        self.accessLifetime = accessLifetime
        self.idleLimit = idleLimit
        self.absoluteLimit = absoluteLimit
        self.refreshGrace = refreshGrace
        self.passwordPolicy = passwordPolicy
        self.signingAlgorithm = signingAlgorithm
        self.keyRotation = keyRotation
    }
}
