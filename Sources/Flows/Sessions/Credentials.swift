public import Domain
public import HTTP

/// What a request offers to prove who it comes from, in the order in which it is tried. Nothing of it is checked.
public struct Credentials: Sendable {
    public var apiKey: ArraySlice<UInt8>?
    public var bearer: ArraySlice<UInt8>?
    /// The access cookie.
    public var cookie: ArraySlice<UInt8>?
    /// Whose cookie it is: the realm's own, or an application's.
    public var client: String
    /// Where the request comes from; some keys are good from certain networks only.
    public var address: ClientAddress

    public init(
        apiKey: ArraySlice<UInt8>? = nil, bearer: ArraySlice<UInt8>? = nil, cookie: ArraySlice<UInt8>? = nil,
        client: String = Session.nativeClient, address: ClientAddress = .local
    ) {
        self.apiKey = apiKey
        self.bearer = bearer
        self.cookie = cookie
        self.client = client
        self.address = address
    }

    public var isEmpty: Bool { apiKey == nil && bearer == nil && cookie == nil }

    /// The text that proved `source`, without the request around it.
    func only(_ source: AuthResult.Source) -> Credentials {
        func kept(_ text: ArraySlice<UInt8>?) -> ArraySlice<UInt8>? { text.map { Array($0)[...] } }
        return switch source {
        case .apiKey: Credentials(apiKey: kept(apiKey), address: address)
        case .bearer: Credentials(bearer: kept(bearer))
        case .session: Credentials(cookie: kept(cookie), client: client)
        }
    }
}
