public import Domain
internal import Flows
internal import HTTP

/// Who may call a route; stands in the route table.
///
/// `Caller` ties it to the endpoint: ``signedIn`` gives a ``Member``, ``open`` only a ``Visitor``.
public struct Access<Caller: Sendable>: Sendable {
    public let rule: AccessRule
    let caller: @Sendable (Visitor, AuthResult?) -> Caller?
}

/// The same as a plain value, for documents and tests.
public enum AccessRule: Hashable, Sendable {
    case open
    /// Everybody; and the route is told who it is, where that is proven. What proves nothing is not asked about.
    case recognised
    /// Whoever proves who they are, a person or a program; the route judges by itself what they may do.
    case proven
    /// As ``signedIn``; and somebody whose access has expired, with the refresh cookie.
    case leaving
    /// A person; a program with an API key is nobody who is signed in.
    case signedIn
    /// A person or a program that holds the permission.
    case permission(Permission.Pair)
    /// Whoever runs this server: see ``MetricsReaders``. To everybody else the route does not exist.
    case operators
}

extension AccessRule {
    /// Whether anybody has to prove anything.
    var needsProof: Bool {
        switch self {
        case .open, .recognised, .operators: false
        case .proven, .leaving, .signedIn, .permission: true
        }
    }

    /// Whether somebody who proved who they are may pass, by what they hold.
    func isSatisfied(by grants: Grants) -> Bool {
        switch self {
        case .open, .recognised, .proven, .leaving, .signedIn: true
        case .permission(let pair): grants.hasPermission(pair.description)
        // Not a matter of who is signed in.
        case .operators: false
        }
    }

    /// Whether only a person may pass.
    var isForPeople: Bool {
        switch self {
        case .signedIn, .leaving: true
        case .open, .recognised, .proven, .permission, .operators: false
        }
    }
}

extension Access<Visitor> {
    public static var open: Access { Access(rule: .open) { visitor, _ in visitor } }
}

extension Access<Member> {
    public static var signedIn: Access { Access(.signedIn) }
    /// For what only a person can do, although programs hold permissions too.
    public static func admin(_ right: AdminRight) -> Access { Access(.permission(right.pair)) }

    private init(_ rule: AccessRule) {
        self.init(rule: rule) { visitor, result in
            guard let result, let principal = result.principal else { return nil }
            return Member(
                request: visitor.request, realm: visitor.realm, principal: principal, provenBy: result.source)
        }
    }
}

extension Access<Authorized> {
    public static var proven: Access { Access(.proven) }
    public static func permission(_ pair: Permission.Pair) -> Access { Access(.permission(pair)) }
    public static func admin(_ right: AdminRight) -> Access { Access(.permission(right.pair)) }

    private init(_ rule: AccessRule) {
        self.init(rule: rule) { visitor, result in
            result.map { Authorized(request: visitor.request, realm: visitor.realm, result: $0) }
        }
    }
}

extension Access<Guest> {
    public static var recognised: Access {
        Access(rule: .recognised) { visitor, result in
            Guest(visitor: visitor, member: Access<Member>.signedIn.caller(visitor, result))
        }
    }
}

extension Access<Leaver> {
    public static var leaving: Access {
        Access(rule: .leaving) { visitor, result in
            let member = Access<Member>.signedIn.caller(visitor, result)
            return Leaver(request: visitor.request, realm: visitor.realm, member: member)
        }
    }
}
