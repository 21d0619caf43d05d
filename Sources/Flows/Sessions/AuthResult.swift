public import Domain

/// Who a request was proven to come from, and by what.
public struct AuthResult: Sendable {
    /// What proved it; the raw values are public contract.
    public enum Source: String, CaseIterable, Sendable {
        case apiKey = "api_key"
        case bearer
        /// The session's cookie.
        case session
    }

    public enum Holder: Sendable {
        case person(Principal)
        case service(APIKeyHolder)
    }

    public let source: Source
    public let holder: Holder

    init(_ principal: Principal, by source: Source) {
        self.source = source
        holder = .person(principal)
    }

    init(_ service: APIKeyHolder) {
        source = .apiKey
        holder = .service(service)
    }

    /// What stands in the place of a person's id for a program.
    public static let serviceID = "system"

    /// `system` for a program.
    public var userId: String {
        switch holder {
        case .person(let principal): principal.user.id.text
        case .service: Self.serviceID
        }
    }

    /// The number that older systems join on; `nil` for a program.
    public var usuarioId: Int64? { principal?.user.number }

    /// What rates and repeated requests are told apart by: a program's key stands in the place of a person.
    var caller: ID<User> {
        switch holder {
        case .person(let principal): principal.user.id
        case .service(let service): service.id.flatMap { ID(bytes: $0.bytes[...]) } ?? .nobody
        }
    }

    public var realm: RealmName {
        switch holder {
        case .person(let principal): principal.user.realm
        case .service(let service): service.realm
        }
    }

    public var session: ID<Session>? { principal?.session }

    public var grants: Grants {
        switch holder {
        case .person(let principal): principal.grants
        case .service(let service): service.grants
        }
    }

    /// `nil` for a program.
    public var principal: Principal? {
        switch holder {
        case .person(let principal): principal
        case .service: nil
        }
    }
}

extension AuthResult.Source {
    /// What an event says that confirmed it.
    var confirmation: String {
        switch self {
        case .apiKey: "api_key"
        case .bearer: "access_token"
        case .session: "access_cookie"
        }
    }
}
