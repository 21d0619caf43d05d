public import Domain
public import HTTP

/// What one realm decides for itself: how long, how often, from where, and by which way.
///
/// A plain value. The initial values are what a server's settings say for every realm that says nothing else.
public struct RealmRules: Sendable {
    /// How long an access token or access cookie is good.
    public var accessLifetime = Duration.seconds(900)
    /// A session dies when it was not used for this long.
    public var idleLimit = Duration.seconds(7 * 86_400)
    /// A session dies this long after sign-in, used or not.
    public var absoluteLimit = Duration.seconds(30 * 86_400)
    /// How long after a confirmed rotation the token before it is still answered.
    public var refreshGrace = Duration.seconds(10)
    /// How many sessions one user may have; the longest unused ends when one more begins. `nil` for any number.
    public var sessionLimit: Int?
    /// Whether a refresh token that is exchanged again from another network than the first time ends its session, where
    /// it is counted and answered otherwise.
    public var endsOnReplayElsewhere = false

    public var passwordPolicy = PasswordPolicy.standard
    /// Whether strangers may make accounts.
    public var hasSignUp = true
    /// The ways in which people may sign in.
    public var signInMethods: Set<SignInMethod> = [.password]

    /// How credentials may travel; the first is meant where a client does not say.
    public var transports: [Transport] = [.token, .cookie]
    public var sameSite = SameSite.lax
    /// Pages of other origins that may call the API, with cookies where they have them.
    public var allowedOrigins: [HTTP.Origin] = []
    /// The methods that those pages may use.
    public var allowedMethods: [Method] = [.get, .post, .put, .patch, .delete]

    /// Where a person is sent who has to sign in first; `nil` for the realm's own page.
    public var signInURL: String?
    /// The applications behind a proxy that asks this realm who a request comes from.
    public var applications: [Application] = []

    /// Who the realm's mail is from, as `name <address>` or an address alone; `nil` for the server's own.
    public var mailFrom: String?

    /// What new signing keys are for; the present one keeps its own.
    public var signingAlgorithm = SigningAlgorithm.es256
    /// A signing key is followed by another one after this; never where it is zero.
    public var keyRotation = Duration.seconds(90 * 86_400)

    public var mail = MailRules()
    public var accounts = AccountsRules()
    public var defence = DefenceRules()
    public var profile = ProfileRules()
    public var privacy = PrivacyRules()

    public static let standard = RealmRules()

    public init() {}
}

/// How a person proves who they are; the raw values are public contract.
public enum SignInMethod: String, CaseIterable, Hashable, Sendable {
    case password
}

/// How a session's credentials travel; the raw values are public contract.
public enum Transport: String, CaseIterable, Hashable, Sendable {
    /// In cookies that no script can read.
    case cookie
    /// In the answer's body, for programs.
    case token
}

/// Which requests from other sites bring a cookie along (RFC 6265bis §4.1.2.7).
public enum SameSite: String, CaseIterable, Hashable, Sendable {
    case lax
    case strict
}

/// An application on an origin of its own, which trusts what a proxy in front of it learned here.
public struct Application: Hashable, Sendable {
    /// As in ``Domain/AccessName``.
    public let name: String
    public let origin: HTTP.Origin

    public init(name: String, origin: HTTP.Origin) {
        self.name = name
        self.origin = origin
    }
}
