public import Domain

/// Signed bytes in the compact form (RFC 7515 §7.1): `header.payload.signature`.
public enum JWS {
    /// No token of ours comes near it; what is longer is not even decoded.
    public static let longest = 16_384

    /// The first part of a token, with exactly three members: `alg`, `typ` and `kid`.
    public static func header(_ algorithm: SigningAlgorithm, kid: String, typ: String) -> [UInt8] {
        var header = JSONWriter(reserving: 128)
        header.object { writer in
            writer.member("alg", algorithm.rawValue)
            writer.member("typ", typ)
            writer.member("kid", kid)
        }
        return Base64URL.encoded(header.bytes)
    }

    /// Signs under a header as ``header(_:kid:typ:)`` writes it.
    public static func sign(payload: [UInt8], key: SigningKey, kid: String, typ: String) -> String {
        var token = header(key.algorithm, kid: kid, typ: typ)
        token.append(UInt8(ascii: "."))
        token += Base64URL.encoded(payload)
        let signature = key.sign(token)
        token.append(UInt8(ascii: "."))
        token += Base64URL.encoded(signature)
        return String(decoding: token, as: UTF8.self)
    }

    /// The payload, once the signature is known to be good.
    ///
    /// The order is fixed: form, header, key by its exact name, the key's own algorithm, signature. `typ` is
    /// compared as a media type (RFC 7515 §4.1.9): without regard to case, with or without `application/`.
    ///
    /// - Parameter known: the key whose tokens of this `typ` begin with these very bytes, as ``header(_:kid:typ:)`` wrote
    ///   them: such a header need not be read, because what it says is known.
    public static func verify(
        _ token: ArraySlice<UInt8>, typ: String,
        known: (_ header: ArraySlice<UInt8>) -> VerificationKey? = { _ in nil },
        key: (_ kid: String) -> VerificationKey?
    ) throws(JWTRefusal) -> [UInt8] {
        guard token.count <= longest else { throw .tooLong }
        // The last one is near the end. A third point would be within the payload, where it is no digit.
        guard let first = token.firstIndex(of: dot), let second = token.lastIndex(of: dot), first < second,
            let payload = Base64URL.decode(token[(first + 1)..<second]),
            let signature = Base64URL.decode(token[(second + 1)...])
        else { throw .malformed }
        let header = token[..<first]
        let named: VerificationKey
        if let found = known(header) { named = found } else { named = try keyNamed(in: header, typ: typ, find: key) }
        guard named.verify(signature: signature, of: token[..<second]) else { throw .badSignature }
        return payload
    }

    private static let dot = UInt8(ascii: ".")

    private static func keyNamed(
        in part: ArraySlice<UInt8>, typ: String, find: (String) -> VerificationKey?
    ) throws(JWTRefusal) -> VerificationKey {
        guard let bytes = Base64URL.decode(part),
            let header = try? JSON.parse(bytes, limits: JSON.Limits(bytes: 4_096, depth: 4)), header.members != nil
        else { throw .malformed }
        return try keyNamed(in: header, typ: typ, find: find)
    }

    private static func keyNamed(
        in header: JSON, typ: String, find: (String) -> VerificationKey?
    ) throws(JWTRefusal) -> VerificationKey {
        guard header["crit"] == nil else { throw .criticalExtension }
        for name in ["jku", "jwk", "x5u", "x5c"] where header[name] != nil { throw .bringsKey }
        guard let algorithm = header["alg"]?.string else { throw .malformed }
        guard let presented = header["typ"]?.string, isSameType(presented, typ) else { throw .wrongType }
        guard let kid = header["kid"]?.string, !kid.isEmpty else { throw .missingKeyID }
        guard let key = find(kid) else { throw .unknownKey }
        guard algorithm.utf8.elementsEqual(key.algorithm.rawValue.utf8) else { throw .wrongAlgorithm }
        return key
    }

    private static func isSameType(_ presented: String, _ wanted: String) -> Bool {
        func lowered(_ text: String) -> [UInt8] { text.utf8.map { (65...90).contains($0) ? $0 + 32 : $0 } }
        let presented = lowered(presented)
        let wanted = lowered(wanted)
        return presented == wanted || presented == Array("application/".utf8) + wanted
    }
}
