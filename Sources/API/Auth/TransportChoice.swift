internal import Domain
internal import Flows
internal import HTTP

/// Why credentials cannot travel as a client wants them to.
enum TransportRefusal: ClientError, Error {
    /// The realm has another way only.
    case notAllowed(Transport)
    /// The request brings the refresh cookie. A page that got hold of the cookies' power for a moment must not be able to
    /// turn it into a token that it can keep.
    case tokenBesideCookie
    case sameOriginRequired(Problem)

    static var allCases: [Self] {
        [.notAllowed(.cookie), .sameOriginRequired(.sameOriginRequired("the Origin is null"))]
    }

    var problem: Problem {
        switch self {
        case .notAllowed(let transport): Self.refuse("This realm does not allow the transport '\(transport.rawValue)'")
        case .tokenBesideCookie:
            Self.refuse("Beside the refresh cookie no token is handed out: leave the cookie out, or ask for cookies")
        case .sameOriginRequired(let problem): problem
        }
    }

    private static func refuse(_ message: String) -> Problem {
        Problem(status: 400, code: "transport_not_allowed", message: message)
    }
}

/// What an endpoint refuses that hands out credentials.
enum HandoutRefusal<Refusal: ClientError>: ClientError {
    case transport(TransportRefusal)
    case other(Refusal)

    static var allCases: [Self] {
        Array(TransportRefusal.allCases).map(Self.transport) + Array(Refusal.allCases).map(Self.other)
    }

    var problem: Problem {
        switch self {
        case .transport(let refusal): refusal.problem
        case .other(let refusal): refusal.problem
        }
    }
}

/// The member `transport` of a request.
struct TransportWish: Sendable {
    let transport: Transport?

    static let schema: Schema<TransportWish> = .object(
        TransportWish.init(transport:),
        Field(
            optional: "transport", .choice(), inExample: false, \.transport,
            "Whether access and refresh token come in the answer, `token`, or as cookies that no script can read, `cookie`. The realm's usual way unless told."
        ))
}

extension Visitor {
    /// How the credentials that the request asks for will travel.
    func transport(_ wanted: Transport?) -> Result<Transport, TransportRefusal> {
        guard let transport = wanted ?? realm.rules.transports.first else { return .failure(.notAllowed(.token)) }
        guard realm.rules.transports.contains(transport) else { return .failure(.notAllowed(transport)) }
        switch transport {
        case .token:
            guard case .absent = SessionCookies(realm).refreshToken(in: request) else {
                return .failure(.tokenBesideCookie)
            }
        case .cookie:
            // Else another site could sign somebody in to an account that is not theirs.
            if let problem = Problem(missingProofIn: request.headers, of: realm) {
                return .failure(.sameOriginRequired(problem))
            }
        }
        return .success(transport)
    }

    /// The cookies that carry what was handed out, where cookies do.
    func cookies(_ signedIn: SignedIn) -> [SetCookie] {
        switch signedIn.transport {
        case .cookie: SessionCookies(realm).set(signedIn)
        case .token: []
        }
    }
}

extension SessionCookies {
    /// The session is over; a browser whose access token, and not its cookie, proved who asked keeps what it has.
    func removal(from member: Member) -> [SetCookie] { member.provenBy == .session ? removal : [] }
}
