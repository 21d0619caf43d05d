/// A hash of Argon2 in the PHC string format, of any kind and both versions; Django puts `argon2` before it.
struct Argon2Text: Sendable {
    enum Kind: String, Sendable { case id = "argon2id", i = "argon2i", d = "argon2d" }

    let kind: Kind
    /// 19 for version 1.3 (RFC 9106), 16 for what came before.
    let version: Int
    let parameters: Argon2Parameters
    let salt: HashFields.Field
    let hash: HashFields.Field
    /// The text to store: what was read, unless it left its version out.
    let canonical: String

    /// True for what we make ourselves, apart from its costs.
    var isOurs: Bool { kind == .id && version == 19 }

    /// Reads `$argon2id$v=19$m=…,t=…,p=…$salt$hash` and nothing else: numbers without leading zeros, base64 without
    /// padding, a salt of 8 to 48 bytes, a hash of 16 to 64. Without `v=`, as it was written at first, it is 16.
    ///
    /// `whole` is what the fields were split from.
    static func read(_ kind: Kind, _ fields: [HashFields.Field], whole: String) throws(HashProblem) -> Argon2Text {
        var rest = fields.dropFirst(2)
        var (version, isStated) = (16, false)
        if let stated = HashFields.number(rest.first, named: "v") {
            guard stated == 16 || stated == 19 else { throw .malformed }
            (version, isStated) = (stated, true)
            rest = rest.dropFirst()
        }
        guard rest.count == 3, let first = rest.first else { throw .malformed }
        let costs = HashFields.split(first, at: ",")
        guard costs.count == 3, let memory = HashFields.number(costs[0], named: "m"),
            let passes = HashFields.number(costs[1], named: "t"), let lanes = HashFields.number(costs[2], named: "p")
        else { throw .malformed }
        let parameters = Argon2Parameters(memoryKiB: memory, passes: passes, lanes: lanes)
        let (salt, hash) = (rest[rest.startIndex + 1], rest[rest.startIndex + 2])
        guard isSound(salt, 8...48), isSound(hash, 16...64) else { throw .malformed }
        let isOurs = kind == .id && version == 19
        let isBelow =
            isOurs
            ? parameters.isBelowCeiling
            : parameters.isBelow(memoryKiB: HashCeiling.memoryKiB, workKiB: HashCeiling.argon2WorkKiB)
        guard isBelow else { throw .tooCostly }
        guard parameters.isPossible else { throw .malformed }
        return Argon2Text(
            kind: kind, version: version, parameters: parameters, salt: salt, hash: hash,
            canonical: isStated
                ? whole
                : "\(format(kind, version, parameters))$\(HashFields.text(salt))$\(HashFields.text(hash))")
    }

    private static func isSound(_ field: HashFields.Field, _ counts: ClosedRange<Int>) -> Bool {
        HashBase64.decode(field).map { counts.contains($0.count) } ?? false
    }

    var format: String { Self.format(kind, version, parameters) }

    private static func format(_ kind: Kind, _ version: Int, _ parameters: Argon2Parameters) -> String {
        "$\(kind.rawValue)$v=\(version)$\(parameters.costs)"
    }

    static let filler = "$" + String(repeating: "A", count: 22) + "$" + String(repeating: "A", count: 43)
}
