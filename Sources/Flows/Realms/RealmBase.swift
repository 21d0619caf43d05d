/// What a server gives every realm that says nothing else.
public struct RealmBase: Sendable {
    /// How clients reach the server, without a trailing slash: the default realm's canonical URL.
    public let publicURL: String
    /// Of the default realm. The others begin with the same, but with no pages of other origins: those are named one by
    /// one.
    public let rules: RealmRules
    /// Whether cookies go without TLS, on a loopback address.
    public let hasPlainCookies: Bool
    /// Further hosts that mean the server itself, such as the name that a proxy in front of it uses; lower case.
    public let hosts: [String]

    public init(publicURL: String, rules: RealmRules = .standard, hasPlainCookies: Bool = false, hosts: [String] = []) {
        self.publicURL = publicURL
        self.rules = rules
        self.hasPlainCookies = hasPlainCookies
        self.hosts = hosts
    }
}
