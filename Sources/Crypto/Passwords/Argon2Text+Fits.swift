internal import CArgon2
internal import CSodium
internal import Glibc

extension Argon2Text {
    /// libsodium is the faster of the two, and knows Argon2id 1.3 only as far as we can ask it for more than one lane.
    func fits(_ password: [UInt8]) throws(PasswordHashRefusal) -> Bool {
        if isOurs { return try fitsSodium(password) }
        guard let salt = HashBase64.decode(salt), let hash = HashBase64.decode(hash) else { throw .malformed }
        return constantTimeEqual(try derive(password, salt: salt, count: hash.count), hash)
    }

    private func fitsSodium(_ password: [UInt8]) throws(PasswordHashRefusal) -> Bool {
        Sodium.start()
        errno = 0
        let status = unsafe canonical.withCString { text in
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

    /// One thread computes all the lanes: how many threads there are is decided by the pool that this runs on.
    private func derive(_ password: [UInt8], salt: [UInt8], count: Int) throws(PasswordHashRefusal) -> [UInt8] {
        // The library's type is not const; it may wipe what it is given, which must be a copy then.
        var (password, salt, output) = (password, salt, [UInt8](repeating: 0, count: count))
        let (passwordCount, saltCount) = (UInt32(password.count), UInt32(salt.count))
        let type =
            switch kind {
            case .id: Argon2_id
            case .i: Argon2_i
            case .d: Argon2_d
            }
        let status = unsafe password.withUnsafeMutableBufferPointer { password in
            unsafe salt.withUnsafeMutableBufferPointer { salt in
                unsafe output.withUnsafeMutableBufferPointer { output in
                    var context = unsafe argon2_context()
                    unsafe context.out = output.baseAddress
                    unsafe context.outlen = UInt32(output.count)
                    unsafe context.pwd = password.baseAddress
                    unsafe context.pwdlen = passwordCount
                    unsafe context.salt = salt.baseAddress
                    unsafe context.saltlen = saltCount
                    unsafe context.t_cost = UInt32(parameters.passes)
                    unsafe context.m_cost = UInt32(parameters.memoryKiB)
                    unsafe context.lanes = UInt32(parameters.lanes)
                    unsafe context.threads = 1
                    unsafe context.version = UInt32(version)
                    return unsafe argon2_ctx(&context, type)
                }
            }
        }
        guard status == ARGON2_OK.rawValue else {
            throw status == ARGON2_MEMORY_ALLOCATION_ERROR.rawValue ? .outOfMemory : .unsupported
        }
        return output
    }
}
