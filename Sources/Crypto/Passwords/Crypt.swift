internal import CCrypt
internal import CSodium
internal import Glibc

/// crypt(3) of libxcrypt, which any number of threads may use at once.
enum Crypt {
    /// The longest password the library takes, in bytes.
    static let longest = Int(CRYPT_MAX_PASSPHRASE_SIZE) - 1

    /// What stands at the end of the hash, `count` characters; `nil` for a password that it cannot be given: a C string
    /// ends at a NUL, and has a longest length.
    static func digest(
        _ password: [UInt8], setting: String, count: Int
    ) throws(PasswordHashRefusal) -> [UInt8]? {
        guard password.count <= longest, !password.contains(0) else { return nil }
        let size = MemoryLayout<crypt_data>.size
        let data = UnsafeMutableRawPointer.allocate(byteCount: size, alignment: MemoryLayout<crypt_data>.alignment)
        unsafe memset(data, 0, size)
        defer {
            unsafe sodium_memzero(data, size)
            unsafe data.deallocate()
        }
        errno = 0
        let hash = unsafe (password + [0]).withUnsafeBytes { phrase -> [UInt8]? in
            guard let phrase = unsafe phrase.assumingMemoryBound(to: CChar.self).baseAddress,
                let text = unsafe crypt_rn(phrase, setting, data, Int32(size))
            else { return nil }
            return unsafe Array(String(cString: text).utf8)
        }
        guard let hash, hash.count > count else { throw errno == ENOMEM ? .outOfMemory : .unsupported }
        return hash.suffix(count)
    }
}

extension CryptText {
    func fits(_ password: [UInt8]) throws(PasswordHashRefusal) -> Bool {
        guard let made = try Crypt.digest(password, setting: setting, count: digest.count) else { return false }
        return constantTimeEqual(made, digest)
    }
}

extension BcryptText {
    /// bcrypt knows the first 72 bytes of a password: those who made the hash let the others count for nothing, and the
    /// library does too. A digest is shorter.
    private static let longest = 72

    func fits(_ password: [UInt8]) throws(PasswordHashRefusal) -> Bool {
        let phrase =
            switch input {
            case .password: Array(password.prefix(Self.longest))
            case .hexadecimalDigest: Digest.sha256(password).flatMap(Self.hexadecimal)
            case .digest: Array(HashBase64.encode(Digest.sha256(password), isPadded: true).utf8)
            case .keyedDigest:
                Array(HashBase64.encode(HMAC.sha256(key: salt, [password]), isPadded: true).utf8)
            }
        guard let made = try Crypt.digest(phrase, setting: setting, count: digest.count) else { return false }
        return constantTimeEqual(made, digest)
    }

    private static func hexadecimal(_ byte: UInt8) -> [UInt8] {
        [byte >> 4, byte & 0x0F].map { $0 < 10 ? $0 + 48 : $0 + 87 }
    }
}
