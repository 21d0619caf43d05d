/// A hash of bcrypt, plain or of a digest of the password.
struct BcryptText: Sendable {
    /// What bcrypt was given in the password's place.
    enum Input: Sendable {
        /// The password itself, of which bcrypt sees 72 bytes.
        case password
        /// Django: SHA-256 in hexadecimal.
        case hexadecimalDigest
        /// passlib's first version: SHA-256 in base64.
        case digest
        /// passlib's second version: HMAC-SHA-256 in base64, its key the salt as it is written.
        case keyedDigest
    }

    let input: Input
    /// `2a`, `2b` or `2y`: three names for the same computation.
    let variant: String
    let cost: Int
    /// 22 characters.
    let salt: [UInt8]
    /// 31 characters.
    let digest: [UInt8]

    /// Behind `$2b$`: `12$` and 53 characters.
    static func read(_ fields: [HashFields.Field], input: Input = .password) throws(HashProblem) -> BcryptText {
        guard fields.count == 4, fields[3].count == 53 else { throw .malformed }
        return try BcryptText(
            input, variant: fields[1], cost: fields[2], salt: fields[3].prefix(22), digest: fields[3].dropFirst(22))
    }

    /// passlib's `$bcrypt-sha256$v=2,t=2b,r=12$salt$digest`, and its first version `$bcrypt-sha256$2b,12$salt$digest`.
    static func readPasslib(_ fields: [HashFields.Field]) throws(HashProblem) -> BcryptText {
        guard fields.count == 5, fields[3].count == 22, fields[4].count == 31 else { throw .malformed }
        let parts = HashFields.split(fields[2], at: ",")
        if parts.count == 2 {
            return try BcryptText(.digest, variant: parts[0], cost: parts[1], salt: fields[3], digest: fields[4])
        }
        guard parts.count == 3, HashFields.number(parts[0], named: "v") == 2,
            let variant = HashFields.named(parts[1], "t"), let cost = HashFields.named(parts[2], "r")
        else { throw .malformed }
        return try BcryptText(.keyedDigest, variant: variant, cost: cost, salt: fields[3], digest: fields[4])
    }

    private init(
        _ input: Input, variant: HashFields.Field, cost: HashFields.Field, salt: HashFields.Field,
        digest: HashFields.Field
    ) throws(HashProblem) {
        let variant = HashFields.text(variant)
        guard variant == "2a" || variant == "2b" || variant == "2y" else { throw .malformed }
        // Plain bcrypt writes two digits, passlib a number.
        let isPlain = input == .password || input == .hexadecimalDigest
        guard cost.count == 2 || !isPlain, let rounds = HashFields.number(isPlain ? cost.trimmingZero : cost),
            (4...31).contains(rounds)
        else { throw .malformed }
        guard let salt = Self.clean(salt, keeping: 0x30), let digest = Self.clean(digest, keeping: 0x3C) else {
            throw .malformed
        }
        guard rounds <= HashCeiling.bcryptCost else { throw .tooCostly }
        (self.input, self.variant, self.cost, self.salt, self.digest) = (input, variant, rounds, salt, digest)
    }

    /// The last character holds more bits than there are left. Some libraries filled them with chance, and every one
    /// ignores them.
    private static func clean(_ field: HashFields.Field, keeping mask: Int) -> [UInt8]? {
        guard field.allSatisfy({ HashFields.cryptDigit($0) != nil }), let last = field.last,
            let place = alphabet.firstIndex(of: last)
        else { return nil }
        return field.dropLast() + [alphabet[place & mask]]
    }

    /// bcrypt's own order of the 64 characters.
    private static let alphabet = Array("./ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789".utf8)

    private var twoDigits: String { cost < 10 ? "0\(cost)" : "\(cost)" }

    /// What crypt(3) wants to know: everything but the digest.
    var setting: String { "$2b$\(twoDigits)$" + String(decoding: salt, as: UTF8.self) }

    var format: String {
        switch input {
        case .password: "$\(variant)$\(twoDigits)"
        case .hexadecimalDigest: "bcrypt_sha256$$\(variant)$\(twoDigits)"
        case .digest: "$bcrypt-sha256$\(variant),\(cost)"
        case .keyedDigest: "$bcrypt-sha256$v=2,t=\(variant),r=\(cost)"
        }
    }

    var canonical: String {
        let (salt, digest) = (String(decoding: salt, as: UTF8.self), String(decoding: digest, as: UTF8.self))
        switch input {
        case .password, .hexadecimalDigest: return "\(format)$\(salt)\(digest)"
        case .digest, .keyedDigest: return "\(format)$\(salt)$\(digest)"
        }
    }

    static let filler = "$" + String(repeating: ".", count: 53)
    static let passlibFiller = "$" + String(repeating: ".", count: 22) + "$" + String(repeating: ".", count: 31)
}

extension HashFields.Field {
    /// `4` for `04`.
    fileprivate var trimmingZero: HashFields.Field { count == 2 && first == UInt8(ascii: "0") ? dropFirst() : self }
}
