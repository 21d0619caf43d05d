internal import Domain
internal import Flows
internal import HTTP
internal import Storage

/// Where a request belongs, by its host and by how its path begins. What it asks for there is the router's.
struct Placement: Sendable {
    enum Place: Sendable {
        /// One of the server's own hosts, and no realm in the path: the default realm, and what belongs to no realm.
        case server
        /// The same, below `/api/system`.
        case system
        /// `/realms/{realm}` on one of the server's own hosts.
        case path
        /// A host of the realm's own.
        case host
        /// The host of an application that the realm vouches for.
        case application(Application)
    }

    let place: Place
    let realm: Realm
    /// How many bytes of the path stand before what the router knows.
    let offset: Int

    /// Whose cookies count there.
    var client: String {
        switch place {
        case .server, .system, .path, .host: Session.nativeClient
        case .application(let application): application.client
        }
    }

    func admits(_ scope: RouteScope) -> Bool {
        switch (place, scope) {
        case (.server, .anywhere), (.server, .server), (.server, .realm): true
        case (.host, .anywhere), (.host, .server), (.host, .realm): true
        case (.path, .realm), (.system, .system): true
        case (.application, .anywhere), (.application, .application): true
        case (.server, .system), (.server, .application), (.host, .system), (.host, .application): false
        case (.path, _), (.system, _), (.application, _): false
        }
    }
}

/// Where a route is found; stands in the route table.
public enum RouteScope: Sendable {
    /// On any host, for whoever watches over the server.
    case anywhere
    /// On the server's own hosts and on those of realms: nothing in it belongs to a realm.
    case server
    /// In every realm but the operators'.
    case realm
    /// In the operators' realm.
    case system
    /// On an application's host.
    case application
}

/// Finds a request's place.
struct Places: Sendable {
    private let realms: Realms
    /// The server's own hosts as `Host` fields name them, the public URL's first.
    private let own: [[UInt8]]
    /// Whether every loopback host is the server's own: it is only reached from this machine.
    private let isLoopback: Bool

    var operators: Realm { realms.operators }

    enum Outcome: Sendable {
        case found(Placement)
        case noSuchRealm
        /// A host that is nobody's here (RFC 9110 §15.5.20).
        case misdirected
    }

    init(_ realms: Realms) {
        self.realms = realms
        let authority = realms.base.publicURL.split(separator: "/", omittingEmptySubsequences: true).dropFirst().first
        own = ([String(authority ?? "")] + realms.base.hosts).map { Array($0.utf8) }
        isLoopback = authority.map { Self.isLoopback($0.utf8) } ?? true
    }

    private static let host: FieldName = "Host"

    /// `nil` where only the database can say.
    func known(_ request: Request) -> Outcome? {
        guard let sent = request.headers.bytes(of: Self.host), !isOwn(sent) else { return knownHere(request) }
        guard let host = Authority.canonical(sent, isSecure: request.isSecure) else { return .misdirected }
        if isOwn(Array(host.utf8)[...]) { return knownHere(request) }
        return realms.known(host: host).map { Self.outcome($0) }
    }

    /// Asks the database where memory does not know.
    func find(_ request: Request) async throws(StoreFault) -> Outcome {
        guard let sent = request.headers.bytes(of: Self.host), !isOwn(sent) else { return try await findHere(request) }
        guard let host = Authority.canonical(sent, isSecure: request.isSecure) else { return .misdirected }
        if isOwn(Array(host.utf8)[...]) { return try await findHere(request) }
        return Self.outcome(try await realms.find(host: host))
    }

    private static func outcome(_ host: Realms.Host?) -> Outcome {
        switch host {
        case nil: .misdirected
        case .realm(let realm):
            realm.isEnabled ? .found(Placement(place: .host, realm: realm, offset: 0)) : .noSuchRealm
        case .application(let application, let realm):
            realm.isEnabled
                ? .found(Placement(place: .application(application), realm: realm, offset: 0)) : .noSuchRealm
        }
    }

    /// What a path on the server's own hosts names.
    private enum Name {
        case server
        case system
        case path(RealmName, Int)
        case nobody
    }

    private func name(_ request: Request) -> Name {
        // Two octets tell most paths from those that name a realm or the operators'.
        let (first, fifth) = request.withPath { bytes, path -> (UInt8, UInt8) in
            path.count > 5 ? (bytes[path.lowerBound + 1], bytes[path.lowerBound + 5]) : (0, 0)
        }
        if first == UInt8(ascii: "r"), let prefix = request.realmPrefix {
            guard let name = RealmName(prefix.name), name != .standard, name != .system else { return .nobody }
            return .path(name, prefix.end)
        }
        return fifth == UInt8(ascii: "s") && request.begins(with: "/api/system/") ? .system : .server
    }

    private func knownHere(_ request: Request) -> Outcome? {
        switch name(request) {
        case .server: realms.knownStandard.map { Self.outcome($0, .server, 0) }
        case .system: realms.known(.system).map { Self.outcome($0, .system, 0) }
        case .path(let name, let end): realms.known(name).map { Self.outcome($0, .path, end) }
        case .nobody: .noSuchRealm
        }
    }

    private func findHere(_ request: Request) async throws(StoreFault) -> Outcome {
        switch name(request) {
        case .server: Self.outcome(try await realms.find(.standard), .server, 0)
        case .system: Self.outcome(try await realms.find(.system), .system, 0)
        case .path(let name, let end): Self.outcome(try await realms.find(name), .path, end)
        case .nobody: .noSuchRealm
        }
    }

    private static func outcome(_ realm: Realm?, _ place: Placement.Place, _ offset: Int) -> Outcome {
        guard let realm, realm.isEnabled else { return .noSuchRealm }
        // A realm has one canonical URL.
        if case .path = place, realm.hasOwnHost { return .noSuchRealm }
        return .found(Placement(place: place, realm: realm, offset: offset))
    }

    private func isOwn(_ host: ArraySlice<UInt8>) -> Bool {
        for name in own where name.count == host.count && name.elementsEqual(host) { return true }
        return isLoopback && Self.isLoopback(host)
    }

    /// `localhost`, `127.…` or `[::1]`, with any port.
    private static func isLoopback(_ host: some Collection<UInt8>) -> Bool {
        let text = String(decoding: host, as: UTF8.self)
        if text.hasPrefix("[") { return text.hasPrefix("[::1]") }
        let name = text.prefix { $0 != ":" }
        return name.lowercased() == "localhost" || IPAddress(String(name))?.isLoopback == true
    }
}

extension Request {
    fileprivate func begins(with prefix: StaticString) -> Bool {
        withPath { bytes, path in
            guard path.count >= prefix.utf8CodeUnitCount else { return false }
            for offset in 0..<prefix.utf8CodeUnitCount {
                let wanted = unsafe prefix.utf8Start[offset]
                if bytes[path.lowerBound + offset] != wanted { return false }
            }
            return true
        }
    }
}
