internal import COpenSSL

/// SHA-2 (FIPS 180-4), through OpenSSL, which uses the processor's own SHA instructions.
public enum Digest {
    /// 20 bytes. For lists of other people's only: two texts with the same digest have been found.
    public static func sha1(_ bytes: [UInt8]) -> [UInt8] { unsafe digest(bytes, Algorithm.sha1, count: 20) }

    /// 32 bytes.
    public static func sha256(_ bytes: [UInt8]) -> [UInt8] { unsafe digest(bytes, Algorithm.sha256, count: 32) }

    /// 48 bytes.
    public static func sha384(_ bytes: [UInt8]) -> [UInt8] { unsafe digest(bytes, Algorithm.sha384, count: 48) }

    /// 64 bytes.
    public static func sha512(_ bytes: [UInt8]) -> [UInt8] { unsafe digest(bytes, Algorithm.sha512, count: 64) }

    /// Fetched once: looking an algorithm up by name takes longer than digesting a token with it.
    private enum Algorithm {
        nonisolated(unsafe) static let sha1 = unsafe EVP_MD_fetch(nil, "SHA1", nil)
        nonisolated(unsafe) static let sha256 = unsafe EVP_MD_fetch(nil, "SHA2-256", nil)
        nonisolated(unsafe) static let sha384 = unsafe EVP_MD_fetch(nil, "SHA2-384", nil)
        nonisolated(unsafe) static let sha512 = unsafe EVP_MD_fetch(nil, "SHA2-512", nil)
    }

    private static func digest(_ bytes: [UInt8], _ algorithm: OpaquePointer?, count: Int) -> [UInt8] {
        unsafe [UInt8](unsafeUninitializedCapacity: count) { output, filled in
            let done = unsafe bytes.withUnsafeBytes { input in
                unsafe EVP_Digest(input.baseAddress, input.count, output.baseAddress, nil, algorithm, nil)
            }
            precondition(done == 1, "OpenSSL could not digest")
            filled = count
        }
    }
}
