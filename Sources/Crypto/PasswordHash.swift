internal import CSodium
public import Domain
internal import Glibc

/// What Argon2id costs (RFC 9106 §3.1). More of each is slower for us and for whoever stole the database.
public struct Argon2Parameters: Hashable, Sendable {
    /// Memory, in KiB.
    public let memoryKiB: Int
    /// How many times the memory is passed over.
    public let passes: Int
    /// How many lanes the memory is split into. We make hashes with one; imported ones may have more.
    public let lanes: Int

    public init(memoryKiB: Int, passes: Int, lanes: Int = 1) {
        self.memoryKiB = memoryKiB
        self.passes = passes
        self.lanes = lanes
    }

    /// 19 MiB, two passes, one lane: what OWASP's Password Storage Cheat Sheet asks for at the least.
    public static let standard = Argon2Parameters(memoryKiB: 19_456, passes: 2)

    /// No stored hash may cost more to verify, whoever wrote it: 1 GiB, 64 passes, 16 lanes.
    public static let ceiling = Argon2Parameters(memoryKiB: 1 << 20, passes: 64, lanes: 16)

    /// How stored hashes of this cost begin: `$argon2id$v=19$m=19456,t=2,p=1`.
    public var format: String { "$argon2id$v=19$m=\(memoryKiB),t=\(passes),p=\(lanes)" }

    /// True where any of the three is lower than wanted: such a hash is made again at the next sign-in.
    ///
    /// Lanes do not count: they divide the work and add none.
    public func isWeaker(than wanted: Argon2Parameters) -> Bool {
        memoryKiB < wanted.memoryKiB || passes < wanted.passes
    }

    var isBelowCeiling: Bool {
        let ceiling = Self.ceiling
        return memoryKiB <= ceiling.memoryKiB && passes <= ceiling.passes && lanes <= ceiling.lanes
    }
}

/// Why a password could not be hashed, or a stored hash not be compared. A wrong password is none of these.
public enum PasswordHashRefusal: String, Error, CaseIterable, Sendable {
    /// Not a PHC string of Argon2id, version 1.3, in its one canonical spelling.
    case malformed
    /// Above ``Argon2Parameters/ceiling``: computing it would let a stored text take the server down.
    case tooCostly
    /// Below what Argon2 allows (8 KiB a lane, one pass), or, for making a hash, more than one lane.
    case unsupported
    /// The machine did not give the memory.
    case outOfMemory
}

/// Argon2id (RFC 9106), stored as PHC strings. Takes tens of milliseconds: call it on a `ThreadPool`.
public enum PasswordHash {
    /// How many random bytes a salt must have.
    public static let saltCount = 16

    /// The PHC string to store: `$argon2id$v=19$m=…,t=…,p=1$salt$hash`, hash of 32 bytes.
    ///
    /// `salt` is 16 bytes from ``Random`` and used for nothing else.
    public static func hash(
        _ password: Secret, salt: [UInt8], parameters: Argon2Parameters = .standard
    ) throws(PasswordHashRefusal) -> String {
        precondition(salt.count == saltCount, "a salt has 16 bytes")
        guard parameters.isBelowCeiling else { throw .tooCostly }
        guard parameters.lanes == 1, parameters.memoryKiB >= 8, parameters.passes >= 1 else { throw .unsupported }
        let hash = try raw(password, salt: salt, parameters: parameters, count: 32)
        return "\(parameters.format)$\(PHC.encode(salt))$\(PHC.encode(hash))"
    }

    /// True where the password is the one the PHC string was made from; compared in constant time.
    ///
    /// Any memory, passes and lanes up to the ceiling, which is checked before anything is computed.
    public static func verify(_ password: Secret, phc: String) throws(PasswordHashRefusal) -> Bool {
        _ = try PHC(phc)
        Sodium.start()
        let password = password.exposed
        errno = 0
        let status = unsafe phc.withCString { text in
            unsafe password.withUnsafeBytes { bytes in
                unsafe crypto_pwhash_argon2id_str_verify(
                    text, bytes.assumingMemoryBound(to: CChar.self).baseAddress ?? text, UInt64(password.count))
            }
        }
        if status == 0 { return true }
        // libsodium answers -1 for a mismatch too, and tells the two apart in `errno` only.
        guard errno == EINVAL else { throw .outOfMemory }
        return false
    }

    /// What a stored hash costs.
    public static func parameters(of phc: String) throws(PasswordHashRefusal) -> Argon2Parameters {
        try PHC(phc).parameters
    }

    /// True where the stored hash is weaker than `wanted`, or cannot be read at all.
    public static func needsRehash(_ phc: String, wanted: Argon2Parameters) -> Bool {
        guard let stored = try? PHC(phc) else { return true }
        return stored.parameters.isWeaker(than: wanted)
    }

    private static func raw(
        _ password: Secret, salt: [UInt8], parameters: Argon2Parameters, count: Int
    ) throws(PasswordHashRefusal) -> [UInt8] {
        Sodium.start()
        let password = password.exposed
        var hash = [UInt8](repeating: 0, count: count)
        let status = unsafe password.withUnsafeBytes { bytes in
            var nothing: CChar = 0
            return unsafe withUnsafePointer(to: &nothing) { nothing in
                unsafe crypto_pwhash_argon2id(
                    &hash, UInt64(count), bytes.assumingMemoryBound(to: CChar.self).baseAddress ?? nothing,
                    UInt64(password.count), salt, UInt64(parameters.passes), parameters.memoryKiB * 1_024,
                    crypto_pwhash_argon2id_alg_argon2id13())
            }
        }
        guard status == 0 else { throw .outOfMemory }
        return hash
    }
}
