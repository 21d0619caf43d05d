internal import CSodium
public import Domain

/// Why a password could not be hashed, or a stored hash not be compared. A wrong password is none of these.
public enum PasswordHashRefusal: String, Error, CaseIterable, Sendable {
    /// What is stored cannot be read; see ``HashProblem``.
    case malformed
    /// Above the ceilings: computing it would let a stored text take the server down.
    case tooCostly
    /// Not what the algorithm's library computes or we make, such as Argon2 with less than 8 KiB a lane.
    case unsupported
    /// The machine did not give the memory.
    case outOfMemory
}

/// Our own hashes: Argon2id (RFC 9106), stored as PHC strings and compared by ``StoredHash``. Takes tens of milliseconds:
/// call it on a `ThreadPool`.
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
        guard parameters.lanes == 1, parameters.isPossible else { throw .unsupported }
        let hash = try raw(password, salt: salt, parameters: parameters, count: 32)
        return "\(parameters.format)$\(HashBase64.encode(salt))$\(HashBase64.encode(hash))"
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

extension PasswordHashRefusal {
    public init(_ problem: HashProblem) {
        switch problem {
        case .unknownFormat, .malformed: self = .malformed
        case .unsupportedFormat: self = .unsupported
        case .tooCostly: self = .tooCostly
        }
    }
}
