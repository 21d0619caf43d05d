/// What comparing a password with a stored hash may cost, whoever wrote the hash. Asked before anything is computed.
///
/// The comments say what the ceiling takes of one core of a server of 2024. A sign-in waits for it.
enum HashCeiling {
    /// Memory of everything that takes much of it, in KiB, except Argon2id 1.3, whose costs an operator chooses.
    static let memoryKiB = 256 * 1_024
    /// Memory times passes of Argon2, in KiB: some 5 s.
    static let argon2WorkKiB = 4 * 1_024 * 1_024
    /// The same for Argon2id 1.3: as much as the settings allow for hashes of our own, some 20 s.
    static let argon2idWorkKiB = 16 * 1_024 * 1_024
    /// Memory of scrypt times its parallelism, in KiB: some 3 s.
    static let scryptWorkKiB = 1_024 * 1_024
    /// Binary logarithm of bcrypt's rounds: some 2 s.
    static let bcryptCost = 15
    /// Of PBKDF2: some 2 s with SHA-512.
    static let iterations = 5_000_000
    /// Of SHA-crypt: less than 1 s for an ordinary password, some 5 s for one of 500 bytes.
    static let rounds = 2_000_000
    /// How long a hash's text may be, in bytes.
    static let text = 1_024
}
