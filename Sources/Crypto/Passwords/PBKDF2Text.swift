/// A hash of PBKDF2 (RFC 8018 §5.2) with HMAC; stored as passlib writes it.
struct PBKDF2Text: Sendable {
    enum Digest: String, Sendable {
        case sha1, sha256, sha512

        var count: Int {
            switch self {
            case .sha1: 20
            case .sha256: 32
            case .sha512: 64
            }
        }
    }

    let digest: Digest
    let iterations: Int
    let salt: [UInt8]
    /// As long as the digest, which is what all of them make.
    let key: [UInt8]

    private init(
        _ digest: Digest, iterations: HashFields.Field, salt: [UInt8]?, key: [UInt8]?
    ) throws(HashProblem) {
        guard let iterations = HashFields.number(iterations), iterations >= 1, let salt, (1...128).contains(salt.count),
            let key, key.count == digest.count
        else { throw .malformed }
        guard iterations <= HashCeiling.iterations else { throw .tooCostly }
        (self.digest, self.iterations, self.salt, self.key) = (digest, iterations, salt, key)
    }

    /// `$pbkdf2-sha256$29000$salt$hash`, in base64 with `.` for `+`; SHA-1 is called `$pbkdf2$`.
    static func readPasslib(_ digest: Digest, _ fields: [HashFields.Field]) throws(HashProblem) -> PBKDF2Text {
        guard fields.count == 5 else { throw .malformed }
        return try PBKDF2Text(
            digest, iterations: fields[2], salt: HashBase64.decode(fields[3], plus: UInt8(ascii: ".")),
            key: HashBase64.decode(fields[4], plus: UInt8(ascii: ".")))
    }

    /// `pbkdf2_sha256$1000000$salt$hash`: the salt is text, the hash base64 with padding.
    static func readDjango(_ digest: Digest, _ fields: [HashFields.Field]) throws(HashProblem) -> PBKDF2Text {
        guard fields.count == 4 else { throw .malformed }
        return try PBKDF2Text(
            digest, iterations: fields[1], salt: HashFields.textSalt(fields[2]),
            key: HashBase64.decode(fields[3], padding: .required))
    }

    /// `pbkdf2:sha256:1000000$salt$hash`: the salt is text, the hash hexadecimal.
    static func readWerkzeug(_ fields: [HashFields.Field]) throws(HashProblem) -> PBKDF2Text {
        let method = fields.first.map { HashFields.split($0, at: ":") } ?? []
        // Without a number its library takes its own default, which changed with nearly every release.
        guard fields.count == 3, method.count == 3, let digest = Digest(rawValue: HashFields.text(method[1])) else {
            throw .malformed
        }
        return try PBKDF2Text(
            digest, iterations: method[2], salt: HashFields.textSalt(fields[1]),
            key: HashFields.hexadecimal(fields[2]))
    }

    var format: String { "$pbkdf2\(digest == .sha1 ? "" : "-\(digest.rawValue)")$\(iterations)" }

    var canonical: String {
        let plus = UInt8(ascii: ".")
        return "\(format)$\(HashBase64.encode(salt, plus: plus))$\(HashBase64.encode(key, plus: plus))"
    }

    static func filler(_ digest: Digest) -> String {
        "$" + String(repeating: "A", count: 22) + "$"
            + HashBase64.encode([UInt8](repeating: 0, count: digest.count), plus: UInt8(ascii: "."))
    }
}
