/// A hash of scrypt (RFC 7914), stored in passlib's PHC form, or of Firebase's extension of it, in Supabase's.
struct ScryptText: Sendable {
    /// What Firebase adds: the derived key encrypts the project's signer key, and the result is the hash.
    struct Project: Sendable {
        let saltSeparator: [UInt8]
        let signerKey: [UInt8]
    }

    /// Binary logarithm of N.
    let logN: Int
    let r: Int
    let p: Int
    let salt: [UInt8]
    let key: [UInt8]
    let project: Project?

    private init(
        logN: Int?, r: Int?, p: Int?, salt: [UInt8]?, key: [UInt8]?, project: Project? = nil
    ) throws(HashProblem) {
        guard let logN, let r, let p, logN >= 1, r >= 1, p >= 1, let salt, (1...128).contains(salt.count), let key
        else { throw .malformed }
        let isSound = project.map { $0.signerKey.count == key.count } ?? (16...64).contains(key.count)
        guard isSound else { throw .malformed }
        guard logN <= 24, r <= 1_024, p <= 1_024 else { throw .tooCostly }
        // RFC 7914 §2.
        guard logN < 16 * r else { throw .malformed }
        let memory = (r << logN) / 8
        guard memory <= HashCeiling.memoryKiB, memory * p <= HashCeiling.scryptWorkKiB else { throw .tooCostly }
        (self.logN, self.r, self.p, self.salt, self.key, self.project) = (logN, r, p, salt, key, project)
    }

    /// `$scrypt$ln=16,r=8,p=1$salt$hash`.
    static func read(_ fields: [HashFields.Field]) throws(HashProblem) -> ScryptText {
        guard fields.count == 5 else { throw .malformed }
        let costs = HashFields.split(fields[2], at: ",")
        guard costs.count == 3 else { throw .malformed }
        return try ScryptText(
            logN: HashFields.number(costs[0], named: "ln"), r: HashFields.number(costs[1], named: "r"),
            p: HashFields.number(costs[2], named: "p"), salt: HashBase64.decode(fields[3]),
            key: HashBase64.decode(fields[4]))
    }

    /// `scrypt$16384$salt$8$5$hash`: the salt is text, the hash base64 with padding.
    static func readDjango(_ fields: [HashFields.Field]) throws(HashProblem) -> ScryptText {
        guard fields.count == 6 else { throw .malformed }
        return try ScryptText(
            logN: logarithm(fields[1]), r: HashFields.number(fields[3]), p: HashFields.number(fields[4]),
            salt: HashFields.textSalt(fields[2]), key: HashBase64.decode(fields[5], padding: .required))
    }

    /// `scrypt:32768:8:1$salt$hash`: the salt is text, the hash hexadecimal.
    static func readWerkzeug(_ fields: [HashFields.Field]) throws(HashProblem) -> ScryptText {
        let method = fields.first.map { HashFields.split($0, at: ":") } ?? []
        guard fields.count == 3, method.count == 4 else { throw .malformed }
        return try ScryptText(
            logN: logarithm(method[1]), r: HashFields.number(method[2]), p: HashFields.number(method[3]),
            salt: HashFields.textSalt(fields[1]), key: HashFields.hexadecimal(fields[2]))
    }

    /// `$fbscrypt$v=1,n=14,r=8,p=1,ss=Bw==,sk=…$salt$hash`: `ss` the salt separator, `sk` the signer key, `n` the
    /// binary logarithm of the memory cost. Base64 with either alphabet, with or without padding.
    static func readFirebase(_ fields: [HashFields.Field]) throws(HashProblem) -> ScryptText {
        guard fields.count == 5 else { throw .malformed }
        let parts = HashFields.split(fields[2], at: ",")
        let separator = parts.count == 6 ? HashFields.named(parts[4], "ss").flatMap(anyBase64) : []
        guard parts.count == 5 || parts.count == 6, HashFields.number(parts[0], named: "v") == 1,
            let separator, separator.count <= 64,
            let signerKey = parts.last.flatMap({ HashFields.named($0, "sk") }).flatMap(anyBase64),
            (16...128).contains(signerKey.count)
        else { throw .malformed }
        return try ScryptText(
            logN: HashFields.number(parts[1], named: "n"), r: HashFields.number(parts[2], named: "r"),
            p: HashFields.number(parts[3], named: "p"), salt: anyBase64(fields[3]), key: anyBase64(fields[4]),
            project: Project(saltSeparator: separator, signerKey: signerKey))
    }

    private static func anyBase64(_ field: HashFields.Field) -> [UInt8]? {
        let standard = field.map { (byte: UInt8) -> UInt8 in
            switch byte {
            case UInt8(ascii: "-"): UInt8(ascii: "+")
            case UInt8(ascii: "_"): UInt8(ascii: "/")
            default: byte
            }
        }
        return HashBase64.decode(standard[...], padding: .either)
    }

    /// `nil` unless it is a power of two.
    private static func logarithm(_ field: HashFields.Field) -> Int? {
        guard let number = HashFields.number(field), number > 0, number & (number - 1) == 0 else { return nil }
        return number.trailingZeroBitCount
    }

    var format: String {
        project == nil ? "$scrypt$ln=\(logN),r=\(r),p=\(p)" : "$fbscrypt$v=1,n=\(logN),r=\(r),p=\(p)"
    }

    var canonical: String {
        guard let project else { return "\(format)$\(HashBase64.encode(salt))$\(HashBase64.encode(key))" }
        func padded(_ bytes: [UInt8]) -> String { HashBase64.encode(bytes, isPadded: true) }
        let separator = project.saltSeparator.isEmpty ? "" : ",ss=\(padded(project.saltSeparator))"
        return "\(format)\(separator),sk=\(padded(project.signerKey))$\(padded(salt))$\(padded(key))"
    }

    static let filler = "$" + String(repeating: "A", count: 22) + "$" + String(repeating: "A", count: 43)
    static let firebaseFiller: String = {
        let key = HashBase64.encode([UInt8](repeating: 0, count: 64), isPadded: true)
        return ",ss=Bw==,sk=\(key)$AAAAAAAAAAAAAA==$\(key)"
    }()
}
