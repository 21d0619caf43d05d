import Crypto
import Domain
import TestSupport
import Testing

@Suite("Stored password hashes of every format")
struct StoredHashTests {
    private static func read(_ text: String) throws -> StoredHash { try StoredHash.read(text).get() }

    private static func fits(_ password: [UInt8], _ text: String) throws -> Bool {
        try read(text).fits(Secret(password), normalised: Secret(password))
    }

    private static func problem(_ text: String) -> HashProblem? {
        switch StoredHash.read(text) {
        case .success: nil
        case .failure(let problem): problem
        }
    }

    @Test("published hashes", arguments: Vector.all("password-hashes"))
    func vector(_ vector: Vector) throws {
        let (password, stored) = (vector.bytes("password"), vector.text("stored"))
        let hash = try Self.read(stored)
        let canonical = String(decoding: hash.canonical.exposed, as: UTF8.self)
        #expect(canonical == vector.expected("canonical") ?? stored)
        #expect(hash.format == vector.expected("format"))
        for text in Set([stored, canonical]) {
            #expect(try Self.fits(password, text))
            #expect(try !Self.fits([0x78] + password, text))
        }
        let again = try Self.read(canonical)
        #expect(again.canonical.exposed == hash.canonical.exposed && again.format == hash.format)
    }

    @Test("a hash whose last digit is another one fits no more", arguments: Vector.all("password-hashes"))
    func otherDigest(_ vector: Vector) throws {
        let canonical = try Self.read(vector.text("stored")).canonical.exposed
        let end = canonical.last == UInt8(ascii: "=") ? canonical.count - 6 : canonical.count - 2
        let other: UInt8 = canonical[end] == UInt8(ascii: "A") ? UInt8(ascii: "B") : UInt8(ascii: "A")
        let changed = String(decoding: canonical[..<end] + [other] + canonical[(end + 1)...], as: UTF8.self)
        #expect(try !Self.fits(vector.bytes("password"), changed))
    }

    @Test("a dummy of each format is read, has that format, and fits nothing", arguments: Vector.all("password-hashes"))
    func dummy(_ vector: Vector) throws {
        let hash = try Self.read(vector.text("stored"))
        let dummy = try #require(StoredHash.dummy(format: hash.format))
        #expect(dummy.format == hash.format)
        let text = String(decoding: dummy.canonical.exposed, as: UTF8.self)
        #expect(try !Self.fits(vector.bytes("password"), text))
    }

    @Test(arguments: [
        "", "$", "$x$", "$2b$", "$2b$99", "$argon2id$v=19$m=1,t=1,p=1", "$6$rounds=1", "$pbkdf2-sha256$0",
    ])
    func `there is no dummy of what is no format`(_ format: String) {
        #expect(StoredHash.dummy(format: format) == nil)
    }

    @Test func `nothing of a hash is shown`() throws {
        let text = "$2b$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW"
        let hash = try Self.read(text)
        var dumped = ""
        dump(hash, to: &dumped)
        for shown in ["\(hash)", String(reflecting: hash), dumped] { #expect(!shown.utf8.contains(UInt8(ascii: "E"))) }
    }

    private static let b64 = (salt: "AAECAwQFBgcICQoLDA0ODw", hash: "AAECAwQFBgcICQoLDA0ODwABAgMEBQYHCAkKCwwNDg8")
    private static let tail = "$\(b64.salt)$\(b64.hash)"
    private static let bcrypt = "$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW"
    private static let sha1 = "AAECAwQFBgcICQoLDA0ODwABAgM"
    private static let sha512 = String(repeating: "A", count: 86)
    private static let crypt256 = String(repeating: ".", count: 43)
    private static let crypt512 = String(repeating: ".", count: 86)

    static let problems: [(String, HashProblem)] = [
        ("", .unknownFormat), ("$", .unknownFormat), ("$$", .unknownFormat), ("password", .unknownFormat),
        ("!", .unknownFormat), ("*", .unknownFormat), ("$9$x", .unknownFormat), ("\u{0}$\u{0}", .unknownFormat),
        ("é$é$é", .unknownFormat), ("$argon2ID$v=19$m=64,t=1,p=1\(tail)", .unknownFormat),
        (String(repeating: "$", count: 1_025), .malformed), (String(repeating: "$", count: 1_024), .unknownFormat),
        // Known, and too weak or with a defect.
        ("md5$salt$5f4dcc3b5aa765d61d8327deb882cf99", .unsupportedFormat), ("$1$saltsalt$x", .unsupportedFormat),
        ("sha256$salt$00", .unsupportedFormat), ("sha1:1000$x$y", .unsupportedFormat),
        ("unsalted_md5$$x", .unsupportedFormat), ("$2x$05\(bcrypt)", .unsupportedFormat),
        ("$2$05\(bcrypt)", .unsupportedFormat),
        ("$gy$j9T$a$\(crypt256)", .unsupportedFormat), ("$7$x", .unsupportedFormat),
        ("$y$k9T$a.$\(crypt256)", .unsupportedFormat),
        ("$y$j9T0$a.$\(crypt256)", .unsupportedFormat), ("plain$x", .unsupportedFormat),
        // Argon2.
        ("$argon2i$v=18$m=64,t=1,p=1\(tail)", .malformed), ("$argon2i$v=19$m=64,t=1\(tail)", .malformed),
        ("$argon2d$v=19$m=64,p=1,t=1\(tail)", .malformed), ("$argon2i$v=19$m=64,t=1,p=1,data=AA\(tail)", .malformed),
        ("$argon2i$v=19$v=19$m=64,t=1,p=1\(tail)", .malformed), ("$argon2i$v=19$m=64,t=1,p=1$$", .malformed),
        ("$argon2i$v=19$m=64,t=1,p=1$\(b64.salt)", .malformed), ("$argon2i$v=19", .malformed), ("$argon2i", .malformed),
        // The last digit says more than there is.
        ("$argon2i$v=19$m=64,t=1,p=1$AAECAwQFBgcICQoLDA0ODx$\(b64.hash)", .malformed),
        ("argon2$$2b$05\(bcrypt)", .unknownFormat), ("argon2$2b$05\(bcrypt)", .malformed),
        ("$argon2i$v=19$m=262145,t=1,p=1\(tail)", .tooCostly), ("$argon2d$v=16$m=262144,t=17,p=1\(tail)", .tooCostly),
        ("$argon2id$v=16$m=262145,t=1,p=1\(tail)", .tooCostly), ("$argon2i$v=19$m=64,t=65,p=1\(tail)", .tooCostly),
        ("$argon2i$v=19$m=1024,t=1,p=17\(tail)", .tooCostly), ("$argon2id$v=19$m=1048576,t=17,p=1\(tail)", .tooCostly),
        // bcrypt.
        ("$2b$16\(bcrypt)", .tooCostly), ("$2y$31\(bcrypt)", .tooCostly), ("bcrypt_sha256$$2b$16\(bcrypt)", .tooCostly),
        ("$2b$32\(bcrypt)", .malformed), ("$2b$03\(bcrypt)", .malformed), ("$2b$5\(bcrypt)", .malformed),
        ("$2b$+5\(bcrypt)", .malformed), ("$2b$005\(bcrypt)", .malformed), ("$2b$05\(bcrypt).", .malformed),
        ("$2b$05\(bcrypt.dropLast())", .malformed), ("$2b$05\(bcrypt.dropLast())+", .malformed),
        ("$2b$05\(bcrypt.dropLast())$", .malformed), ("$2b$05", .malformed), ("bcrypt$2b$05\(bcrypt)", .malformed),
        ("bcrypt$$2x$05\(bcrypt)", .malformed),
        ("$bcrypt-sha256$v=3,t=2b,r=5$CCCCCCCCCCCCCCCCCCCCC.$E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW", .malformed),
        ("$bcrypt-sha256$v=2,t=2b,r=05$CCCCCCCCCCCCCCCCCCCCC.$E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW", .malformed),
        ("$bcrypt-sha256$v=2,t=2b,r=16$CCCCCCCCCCCCCCCCCCCCC.$E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW", .tooCostly),
        // PBKDF2.
        ("$pbkdf2$0$AAAA$\(sha1)", .malformed), ("$pbkdf2$01$AAAA$\(sha1)", .malformed),
        ("$pbkdf2$1$$\(sha1)", .malformed),
        ("$pbkdf2$5000001$AAAA$\(sha1)", .tooCostly), ("$pbkdf2$9999999999$AAAA$\(sha1)", .tooCostly),
        ("$pbkdf2$99999999999$AAAA$\(sha1)", .malformed), ("$pbkdf2$1$AA+A$\(sha1)", .malformed),
        ("$pbkdf2-sha256$1$AAAA$\(sha1)", .malformed), ("$pbkdf2-sha1$1$AAAA$\(sha1)", .unknownFormat),
        ("pbkdf2_sha256$1$salt$\(b64.hash)", .malformed), ("pbkdf2_sha256$1$s\u{7}lt$\(b64.hash)=", .malformed),
        ("pbkdf2_sha256$1$sält$\(b64.hash)=", .malformed), ("pbkdf2_sha512$1$salt$\(sha512)==", .unknownFormat),
        ("pbkdf2_sha256$5000001$salt$\(b64.hash)=", .tooCostly), ("pbkdf2:sha256$salt$00", .malformed),
        ("pbkdf2:md5:1$salt$00112233445566778899aabbccddeeff", .malformed), ("pbkdf2:sha1:1$salt$0g", .malformed),
        ("pbkdf2:sha1:1$salt$000", .malformed), ("pbkdf2:sha1:1:1$salt$00", .malformed),
        // scrypt.
        ("$scrypt$ln=22,r=8,p=1\(tail)", .tooCostly), ("$scrypt$ln=18,r=9,p=1\(tail)", .tooCostly),
        ("$scrypt$ln=14,r=8,p=65\(tail)", .tooCostly), ("$scrypt$ln=25,r=1,p=1\(tail)", .tooCostly),
        ("$scrypt$ln=9999999999,r=9999999999,p=9999999999\(tail)", .tooCostly),
        ("$scrypt$ln=16,r=1,p=1\(tail)", .malformed),
        ("$scrypt$ln=0,r=8,p=1\(tail)", .malformed), ("$scrypt$ln=4,r=0,p=1\(tail)", .malformed),
        ("$scrypt$ln=4,r=8,p=0\(tail)", .malformed), ("$scrypt$ln=4,r=8\(tail)", .malformed),
        ("scrypt:1000:8:1$salt$\(String(repeating: "00", count: 64))", .malformed),
        ("scrypt:4194304:8:1$salt$\(String(repeating: "00", count: 64))", .tooCostly),
        ("scrypt:1024:8$salt$00", .malformed), ("scrypt$0$salt$8$1$\(b64.hash)=", .malformed),
        ("scrypt$1024$salt$8$\(b64.hash)=", .malformed),
        // Firebase.
        ("$fbscrypt$v=1,n=14,r=8,p=1\(tail)", .malformed),
        ("$fbscrypt$v=2,n=14,r=8,p=1,sk=\(b64.hash)\(tail)", .malformed),
        ("$fbscrypt$v=1,n=14,r=8,p=1,sk=AA\(tail)", .malformed),
        ("$fbscrypt$v=1,n=14,r=8,p=1,ss=?,sk=\(b64.hash)\(tail)", .malformed),
        ("$fbscrypt$v=1,n=14,r=8,p=1,ss=Bw==,sk=\(b64.salt)\(tail)", .malformed),
        ("$fbscrypt$v=1,n=19,r=8,p=1,sk=\(b64.hash)\(tail)", .tooCostly),
        // crypt(3).
        ("$6$salt$\(crypt512)/", .malformed), ("$6$salt$\(crypt512.dropLast())2z", .malformed),
        ("$6$$\(crypt512)", .malformed),
        ("$6$salt$\(crypt512.dropLast())z", .malformed), ("$6$saltsaltsaltsalts$\(crypt512)", .malformed),
        ("$6$sa:t$\(crypt512)", .malformed), ("$6$rounds=999$salt$\(crypt512)", .malformed), ("$6", .malformed),
        ("$6$rounds=05000$salt$\(crypt512)", .malformed), ("$6$rounds=$salt$\(crypt512)", .malformed),
        ("$6$rounds=2000001$salt$\(crypt512)", .tooCostly), ("$5$rounds=999999999$salt$\(crypt256)", .tooCostly),
        ("$5$salt$\(crypt512)", .malformed), ("$5$salt$\(crypt256.dropLast())z", .malformed),
        ("$y$j9T$a$\(crypt256)", .malformed), ("$y$j9T$az$\(crypt256)", .malformed),
        ("$y$j9T$$\(crypt256)", .malformed),
        ("$y$jFT$a.$\(crypt256)", .tooCostly), ("$y$j.T$a.$\(crypt256)", .malformed),
        ("$y$jzz$a.$\(crypt256)", .malformed),
        ("$y$$a.$\(crypt256)", .malformed), ("$y$j9T$a.$\(crypt256.dropLast())", .malformed),
    ]

    @Test("what cannot be compared is told, and nothing computed for it", arguments: problems)
    func refused(_ text: String, _ expected: HashProblem) {
        let time = ContinuousClock().measure { #expect(Self.problem(text) == expected) }
        #expect(time < .milliseconds(100))
    }

    @Test(
        "what is as costly as it may be is read",
        arguments: [
            "$argon2i$v=19$m=262144,t=16,p=16\(tail)", "$argon2id$v=19$m=1048576,t=16,p=1\(tail)", "$2b$15\(bcrypt)",
            "$pbkdf2$5000000$AAAA$\(sha1)", "$scrypt$ln=18,r=8,p=4\(tail)", "$6$rounds=2000000$salt$\(crypt512)",
            "$y$jDT$a.$\(crypt256)",
        ])
    func limits(_ text: String) { #expect(Self.problem(text) == nil) }

    @Test func `no prefix, cut or changed byte of a hash makes trouble`() throws {
        for vector in Vector.all("password-hashes") {
            let bytes = Array(vector.text("stored").utf8)
            for end in bytes.indices {
                _ = StoredHash.read(String(decoding: bytes[..<end], as: UTF8.self))
                for byte: UInt8 in [0, 0x24, 0x2C, 0x39, 0x3A, 0x3D, 0x80, 0xFF] {
                    var changed = bytes
                    changed[end] = byte
                    guard case .success(let hash) = StoredHash.read(String(decoding: changed, as: UTF8.self)) else {
                        continue
                    }
                    let again = try Self.read(String(decoding: hash.canonical.exposed, as: UTF8.self))
                    #expect(again.canonical.exposed == hash.canonical.exposed && again.format == hash.format)
                    #expect(StoredHash.dummy(format: hash.format)?.format == hash.format)
                }
            }
        }
    }

    @Test(
        "the bytes as typed and their normal form both fit, whichever the hash was made of",
        arguments: [
            // PBKDF2-SHA-256 of "é" (one scalar), and of "e" with a combining accent.
            ("pbkdf2:sha256:1$salt$4cd20bd84fa718e51b66e551c92755565f5283d9196563b0362a3623fcf4a460", true),
            ("pbkdf2:sha256:1$salt$3f642300321933172dd5180b351db550862fe3beb3cfa9424323c8bd73853674", false),
        ])
    func unicode(_ text: String, _ isComposed: Bool) throws {
        let (composed, decomposed): ([UInt8], [UInt8]) = ([0xC3, 0xA9], [0x65, 0xCC, 0x81])
        let hash = try Self.read(text)
        #expect(try hash.fits(Secret(decomposed), normalised: Secret(composed)))
        #expect(try hash.fits(Secret(composed), normalised: Secret(composed)) == isComposed)
    }

    @Test func `bcrypt lets 72 bytes count, as those who made the hashes did`() throws {
        let text = "$2b$05$abcdefghijklmnopqrstuu5s2v8.iXieOjg/.AySBTTZIIVFJeBui"
        let password = Array("0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789".utf8)
        #expect(password.count == 72)
        #expect(try Self.fits(password, text))
        #expect(try Self.fits(password + [UInt8](repeating: 0x7A, count: 1_000), text))
        #expect(try !Self.fits(password.dropLast(), text))
    }

    @Test(
        "a NUL ends no password: what crypt(3) cannot be given fits nothing",
        arguments: [
            ("U*U", "$2b$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW"),
            ("Hello world!", "$5$saltstring$5B8vYYiY.CVt1RlTTf8KbXBH3hsxY/GNooZaBBGWEc5"),
        ])
    func zero(_ password: String, _ text: String) throws {
        #expect(try Self.fits(Array(password.utf8), text))
        #expect(try !Self.fits(Array(password.utf8) + [0], text))
        #expect(try !Self.fits(Array(password.utf8) + [0, 1], text))
        #expect(try !Self.fits([UInt8](repeating: 0x61, count: 512), text))
    }

    @Test func `every foreign format is made again, and ours where it is weaker`() throws {
        let wanted = Argon2Parameters(memoryKiB: 64, passes: 1)
        for vector in Vector.all("password-hashes") {
            let hash = try Self.read(vector.text("stored"))
            #expect(hash.needsRehash(wanted: wanted) == !hash.format.hasPrefix("$argon2id$v=19$"))
        }
    }
}
