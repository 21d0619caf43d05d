public import Domain
public import Flows
public import HTTP

/// One line of the map of hosted pages; a value, so that whoever has the pages need not know who routes to them.
public struct PageRoute: Sendable {
    /// On which hosts it answers.
    public enum Scope: Hashable, Sendable {
        /// On the realm's own host, or behind `/realms/{realm}` on the server's.
        case realm
        /// On the host of one of its applications.
        case application
    }

    public let method: Method
    /// A template without parameters, as it stands behind the realm's own prefix.
    public let path: String
    public let scope: Scope
    /// One sentence for whoever reads the documentation.
    public let sentence: String
    /// In bytes; a longer body gets 413.
    public let bodyLimit: Int
    /// Never fails: whatever goes wrong is a page too.
    public let answer: @Sendable (PageRequest) async -> Response
}

/// A request for a page, with what the map has found out about it.
public struct PageRequest: Sendable {
    public let request: Request
    public let realm: Realm
    /// Whose host it came to; `nil` on the realm's own.
    public let application: Application?
    public let source: Source

    public init(_ request: Request, realm: Realm, application: Application? = nil, source: Source) {
        self.request = request
        self.realm = realm
        self.application = application
        self.source = source
    }
}
