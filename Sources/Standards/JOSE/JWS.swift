internal import Domain

/// Signed bytes in the compact form (RFC 7515 §7.1): `header.payload.signature`.
public enum JWS {
    /// No token of ours comes near it; what is longer is not even decoded.
    public static let longest = 16_384

    /// Signs with exactly three header members: `alg`, `typ` and `kid`.
    public static func sign(payload: [UInt8], key: SigningKey, kid: String, typ: String) -> String {
        var header = JSONWriter(reserving: 128)
        header.object { writer in
            writer.member("alg", key.algorithm.rawValue)
            writer.member("typ", typ)
            writer.member("kid", kid)
        }
        var token = Base64URL.encoded(header.bytes)
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
    public static func verify(
        _ token: some Collection<UInt8>, typ: String, key: (_ kid: String) -> VerificationKey?
    ) throws(JWTRefusal) -> [UInt8] {
        guard token.count <= longest else { throw .tooLong }
        let bytes = Array(token)
        let parts = bytes.split(separator: UInt8(ascii: "."), maxSplits: 3, omittingEmptySubsequences: false)
        guard parts.count == 3, let header = Base64URL.decode(parts[0]), let payload = Base64URL.decode(parts[1]),
            let signature = Base64URL.decode(parts[2])
        else { throw .malformed }
        guard let header = try? JSON.parse(header, limits: JSON.Limits(bytes: 4_096, depth: 4)),
            header.members != nil
        else { throw .malformed }
        let named = try keyNamed(in: header, typ: typ, find: key)
        guard named.verify(signature: signature, of: Array(bytes[..<parts[1].endIndex])) else {
            throw .badSignature
        }
        return payload
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
