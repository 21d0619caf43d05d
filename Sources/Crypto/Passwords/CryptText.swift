/// A hash that crypt(3) makes: SHA-crypt of both sizes, and yescrypt.
struct CryptText: Sendable {
    enum Kind: Sendable {
        case sha256(rounds: Int)
        case sha512(rounds: Int)
        /// N's binary logarithm and r, as they are written: `9T`.
        case yescrypt(costs: String)
    }

    let kind: Kind
    /// The characters themselves.
    let salt: [UInt8]
    let digest: [UInt8]

    private static let usualRounds = 5_000

    /// `$6$rounds=656000$salt$digest`; without `rounds=` there are 5,000.
    static func readSHA(is512: Bool, _ fields: [HashFields.Field]) throws(HashProblem) -> CryptText {
        var rest = fields.dropFirst(2)
        var rounds = usualRounds
        if let first = rest.first, HashFields.named(first, "rounds") != nil {
            guard let stated = HashFields.number(first, named: "rounds"), stated >= 1_000 else { throw .malformed }
            rounds = stated
            rest = rest.dropFirst()
        }
        guard rest.count == 2, let salt = rest.first, let digest = rest.last, (1...16).contains(salt.count),
            salt.allSatisfy({ HashFields.cryptDigit($0) != nil }), digest.count == (is512 ? 86 : 43),
            HashFields.isCrypt(digest)
        else { throw .malformed }
        guard rounds <= HashCeiling.rounds else { throw .tooCostly }
        return CryptText(
            kind: is512 ? .sha512(rounds: rounds) : .sha256(rounds: rounds), salt: Array(salt), digest: Array(digest))
    }

    /// `$y$j9T$salt$digest`: `j` is the flavour that everybody uses, `9` and `T` are the costs.
    static func readYescrypt(_ fields: [HashFields.Field]) throws(HashProblem) -> CryptText {
        guard fields.count == 5, let flavour = fields[2].first else { throw .malformed }
        guard flavour == UInt8(ascii: "j"), fields[2].count == 3 else { throw .unsupportedFormat }
        let costs = fields[2].dropFirst()
        guard let high = costs.first.flatMap({ HashFields.cryptDigit($0) }), high < 48,
            let low = costs.last.flatMap({ HashFields.cryptDigit($0) }), low < 48, fields[3].count <= 86,
            HashFields.isCrypt(fields[3]), fields[4].count == 43, HashFields.isCrypt(fields[4])
        else { throw .malformed }
        let (logN, r) = (high + 1, low + 1)
        guard logN >= 10 else { throw .malformed }
        guard logN <= 24, (r << logN) / 8 <= HashCeiling.memoryKiB else { throw .tooCostly }
        return CryptText(
            kind: .yescrypt(costs: HashFields.text(costs)), salt: Array(fields[3]), digest: Array(fields[4]))
    }

    /// What crypt(3) wants to know: everything but the digest.
    var setting: String {
        let salt = String(decoding: salt, as: UTF8.self)
        switch kind {
        case .sha256(Self.usualRounds): return "$5$\(salt)"
        case .sha512(Self.usualRounds): return "$6$\(salt)"
        case .sha256, .sha512, .yescrypt: return "\(format)$\(salt)"
        }
    }

    var format: String {
        switch kind {
        case .sha256(let rounds): "$5$rounds=\(rounds)"
        case .sha512(let rounds): "$6$rounds=\(rounds)"
        case .yescrypt(let costs): "$y$j\(costs)"
        }
    }

    var canonical: String { "\(setting)$\(String(decoding: digest, as: UTF8.self))" }

    static func filler(digest count: Int, salt: Int) -> String {
        "$" + String(repeating: ".", count: salt) + "$" + String(repeating: ".", count: count)
    }
}
