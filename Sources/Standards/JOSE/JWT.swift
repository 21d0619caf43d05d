public import Domain

/// Signed claims (RFC 7519), checked as RFC 8725 asks: the verifier knows beforehand what it expects, and a token
/// has no say in how it is verified.
public enum JWT {
    /// `typ` of an access token (RFC 9068 §2.1).
    public static let accessTokenType = "at+jwt"

    public static func sign(claims: JSON, key: SigningKey, kid: String, typ: String = accessTokenType) -> String {
        JWS.sign(payload: claims.bytes, key: key, kid: kid, typ: typ)
    }

    /// For claims that were written as bytes already, see ``JSONWriter``.
    public static func sign(
        claims: [UInt8], key: SigningKey, kid: String, typ: String = accessTokenType
    ) -> String {
        JWS.sign(payload: claims, key: key, kid: kid, typ: typ)
    }

    /// What a verifier expects of a token.
    public struct Expectations: Sendable {
        public let typ: String
        /// Exactly this `iss`.
        public let issuer: String
        /// Must be among `aud`.
        public let audience: String
        public let now: Timestamp
        /// How far the clocks of issuer and verifier may differ.
        public let leeway: Duration

        public init(
            typ: String = JWT.accessTokenType, issuer: String, audience: String, now: Timestamp,
            leeway: Duration = .zero
        ) {
            self.typ = typ
            self.issuer = issuer
            self.audience = audience
            self.now = now
            self.leeway = leeway
        }
    }

    /// The claims of a good token. `key` is asked for the token's `kid` and must answer for exactly that name.
    /// `known` spares reading headers that were written here, see ``JWS/verify(_:typ:known:key:)``.
    public static func verify(
        _ token: ArraySlice<UInt8>, expectations: Expectations,
        known: (_ header: ArraySlice<UInt8>) -> VerificationKey? = { _ in nil },
        key: (_ kid: String) -> VerificationKey?
    ) throws(JWTRefusal) -> Claims {
        let payload = try JWS.verify(token, typ: expectations.typ, known: known, key: key)
        guard let json = try? JSON.parse(payload, limits: JSON.Limits(bytes: JWS.longest)) else {
            throw .malformedClaims
        }
        let claims = try Claims(json)
        try claims.check(expectations)
        return claims
    }

    public static func verify(
        _ token: String, expectations: Expectations, key: (_ kid: String) -> VerificationKey?
    ) throws(JWTRefusal) -> Claims {
        try verify(Array(token.utf8)[...], expectations: expectations, key: key)
    }
}

extension JWT {
    /// The claims set of a token whose signature, issuer, audience and times were good.
    public struct Claims: Sendable {
        public let issuer: String
        public let audiences: [String]
        public let subject: String?
        public let expiresAt: Timestamp
        public let issuedAt: Timestamp
        /// All claims, the registered ones among them.
        public let json: JSON

        private let notBefore: Timestamp?

        /// A claim by its name.
        public subscript(name: String) -> JSON? { json[name] }

        fileprivate init(_ json: JSON) throws(JWTRefusal) {
            guard json.members != nil else { throw .malformedClaims }
            self.json = json
            guard let issuer = json["iss"] else { throw .wrongIssuer }
            guard let issuer = issuer.string else { throw .malformedClaims }
            self.issuer = issuer
            audiences = try Self.audiences(json["aud"])
            guard let expiresAt = try Self.date(json["exp"]) else { throw .missingExpiry }
            guard let issuedAt = try Self.date(json["iat"]) else { throw .missingIssuedAt }
            self.expiresAt = expiresAt
            self.issuedAt = issuedAt
            notBefore = try Self.date(json["nbf"])
            if let subject = json["sub"], subject.string == nil { throw .malformedClaims }
            subject = json["sub"]?.string
        }

        /// A text or an array of texts (RFC 7519 §4.1.3).
        private static func audiences(_ json: JSON?) throws(JWTRefusal) -> [String] {
            switch json {
            case nil: throw .wrongAudience
            case .string(let audience): return [audience]
            case .array(let elements):
                let audiences = elements.compactMap(\.string)
                guard audiences.count == elements.count else { throw .malformedClaims }
                return audiences
            default: throw .malformedClaims
            }
        }

        /// NumericDate: seconds, possibly with a fraction (RFC 7519 §2), which is cut off. Texts, negative times and
        /// what lies beyond the year 9999 are refused.
        private static func date(_ json: JSON?) throws(JWTRefusal) -> Timestamp? {
            guard let json else { return nil }
            guard let number = json.number, let seconds = Int64(exactly: number.rounded(.down)),
                (0...253_402_300_799).contains(seconds), let date = Timestamp(seconds: seconds)
            else { throw .malformedClaims }
            return date
        }

        /// The boundary second of `exp` is already over (RFC 7519 §4.1.4), that of `nbf` has begun.
        fileprivate func check(_ expectations: Expectations) throws(JWTRefusal) {
            guard issuer.utf8.elementsEqual(expectations.issuer.utf8) else { throw .wrongIssuer }
            guard audiences.contains(where: { $0.utf8.elementsEqual(expectations.audience.utf8) }) else {
                throw .wrongAudience
            }
            guard expectations.now < expiresAt + expectations.leeway else { throw .expired }
            guard issuedAt <= expectations.now + expectations.leeway else { throw .issuedInFuture }
            if let notBefore, notBefore > expectations.now + expectations.leeway { throw .notYetValid }
        }
    }
}
