/// A stored hash read from its text. Imports nothing and computes nothing: text comes in, and a value or a problem out.
enum HashText: Sendable {
    case argon2(Argon2Text)
    case bcrypt(BcryptText)
    case pbkdf2(PBKDF2Text)
    case scrypt(ScryptText)
    case crypt(CryptText)

    init(_ text: String) throws(HashProblem) {
        guard text.utf8.count <= HashCeiling.text else { throw .malformed }
        let bytes = Array(text.utf8)
        let fields = HashFields.split(bytes[...], at: "$")
        guard fields.count >= 2 else { throw .unknownFormat }
        self = try fields[0].isEmpty ? Self.modular(fields, text) : Self.framework(fields, text)
    }

    /// What begins with `$name$`.
    private static func modular(_ fields: [HashFields.Field], _ text: String) throws(HashProblem) -> HashText {
        switch HashFields.text(fields[1]) {
        case "argon2id": .argon2(try .read(.id, fields, whole: text))
        case "argon2i": .argon2(try .read(.i, fields, whole: text))
        case "argon2d": .argon2(try .read(.d, fields, whole: text))
        case "2a", "2b", "2y": .bcrypt(try .read(fields))
        case "bcrypt-sha256": .bcrypt(try .readPasslib(fields))
        case "pbkdf2": .pbkdf2(try .readPasslib(.sha1, fields))
        case "pbkdf2-sha256": .pbkdf2(try .readPasslib(.sha256, fields))
        case "pbkdf2-sha512": .pbkdf2(try .readPasslib(.sha512, fields))
        case "scrypt": .scrypt(try .read(fields))
        case "fbscrypt": .scrypt(try .readFirebase(fields))
        case "5": .crypt(try .readSHA(is512: false, fields))
        case "6": .crypt(try .readSHA(is512: true, fields))
        case "y": .crypt(try .readYescrypt(fields))
        case "1", "2", "2x", "3", "7", "apr1", "gy", "md5", "sha1", "H", "P": throw .unsupportedFormat
        default: throw .unknownFormat
        }
    }

    /// What begins with a name as frameworks write it: Django's `name$…`, Werkzeug's `name:costs$…`.
    private static func framework(_ fields: [HashFields.Field], _ text: String) throws(HashProblem) -> HashText {
        let name = fields[0].prefix { $0 != UInt8(ascii: ":") }
        let isWerkzeug = name.count < fields[0].count
        switch (HashFields.text(name), isWerkzeug) {
        case ("argon2", false):
            // The PHC string follows at once, and its first `$` ends the name.
            let name = fields[0].count
            let inner = [fields[0].prefix(0)] + fields.dropFirst()
            guard case .argon2(let read) = try modular(inner, String(text.dropFirst(name))) else { throw .malformed }
            return .argon2(read)
        case ("bcrypt", false):
            guard fields[1].isEmpty else { throw .malformed }
            return .bcrypt(try .read(Array(fields.dropFirst())))
        case ("bcrypt_sha256", false):
            guard fields[1].isEmpty else { throw .malformed }
            return .bcrypt(try .read(Array(fields.dropFirst()), input: .hexadecimalDigest))
        case ("pbkdf2_sha1", false): return .pbkdf2(try .readDjango(.sha1, fields))
        case ("pbkdf2_sha256", false): return .pbkdf2(try .readDjango(.sha256, fields))
        case ("scrypt", false): return .scrypt(try .readDjango(fields))
        case ("pbkdf2", true): return .pbkdf2(try .readWerkzeug(fields))
        case ("scrypt", true): return .scrypt(try .readWerkzeug(fields))
        case ("md5", _), ("sha1", _), ("sha224", _), ("sha256", _), ("sha384", _), ("sha512", _), ("crypt", _),
            ("plain", _), ("unsalted_md5", _), ("unsalted_sha1", _):
            throw .unsupportedFormat
        default: throw .unknownFormat
        }
    }

    /// The hash with this ``format`` that belongs to no password: all zeros. `nil` for what is no format.
    init?(filling format: String) {
        let filler: String
        switch format {
        case _ where format.hasPrefix("$argon2"): filler = Argon2Text.filler
        case _ where format.hasPrefix("$bcrypt-sha256$"): filler = BcryptText.passlibFiller
        case _ where format.hasPrefix("$2") || format.hasPrefix("bcrypt"): filler = BcryptText.filler
        case _ where format.hasPrefix("$pbkdf2$"): filler = PBKDF2Text.filler(.sha1)
        case _ where format.hasPrefix("$pbkdf2-sha256$"): filler = PBKDF2Text.filler(.sha256)
        case _ where format.hasPrefix("$pbkdf2-sha512$"): filler = PBKDF2Text.filler(.sha512)
        case _ where format.hasPrefix("$scrypt$"): filler = ScryptText.filler
        case _ where format.hasPrefix("$fbscrypt$"): filler = ScryptText.firebaseFiller
        case _ where format.hasPrefix("$5$"): filler = CryptText.filler(digest: 43, salt: 16)
        case _ where format.hasPrefix("$6$"): filler = CryptText.filler(digest: 86, salt: 16)
        case _ where format.hasPrefix("$y$"): filler = CryptText.filler(digest: 43, salt: 22)
        default: return nil
        }
        guard let text = try? HashText(format + filler), text.format == format else { return nil }
        self = text
    }

    var format: String {
        switch self {
        case .argon2(let text): text.format
        case .bcrypt(let text): text.format
        case .pbkdf2(let text): text.format
        case .scrypt(let text): text.format
        case .crypt(let text): text.format
        }
    }

    var canonical: String {
        switch self {
        case .argon2(let text): text.canonical
        case .bcrypt(let text): text.canonical
        case .pbkdf2(let text): text.canonical
        case .scrypt(let text): text.canonical
        case .crypt(let text): text.canonical
        }
    }
}
