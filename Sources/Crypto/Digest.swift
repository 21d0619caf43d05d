internal import COpenSSL

/// SHA-2 (FIPS 180-4), through OpenSSL, which uses the processor's own SHA instructions.
public enum Digest {
    /// 32 bytes.
    public static func sha256(_ bytes: [UInt8]) -> [UInt8] { unsafe digest(bytes, Algorithm.sha256, count: 32) }

    /// 48 bytes.
    public static func sha384(_ bytes: [UInt8]) -> [UInt8] { unsafe digest(bytes, Algorithm.sha384, count: 48) }

    /// 64 bytes.
    public static func sha512(_ bytes: [UInt8]) -> [UInt8] { unsafe digest(bytes, Algorithm.sha512, count: 64) }

    /// A SHA-256 digest as a value without a heap allocation: the key of maps that must not be keyed by text.
    public struct SHA256Value: Hashable, Sendable {
        private let first: UInt64
        private let second: UInt64
        private let third: UInt64
        private let fourth: UInt64

        /// Digests the bytes.
        public init(of bytes: [UInt8]) { self.init(words: unsafe bytes.withUnsafeBytes { unsafe Digest.words($0) }) }

        /// Digests the text's UTF-8.
        public init(of text: String) {
            var text = text
            self.init(words: text.withUTF8 { unsafe Digest.words(UnsafeRawBufferPointer($0)) })
        }

        private init(words: (UInt64, UInt64, UInt64, UInt64)) { (first, second, third, fourth) = words }

        /// The same 32 bytes that ``Digest/sha256(_:)`` returns.
        public var bytes: [UInt8] {
            [first, second, third, fourth].flatMap { word in
                stride(from: 56, through: 0, by: -8).map { UInt8(truncatingIfNeeded: word >> UInt64($0)) }
            }
        }
    }

    /// Fetched once: looking an algorithm up by name takes longer than digesting a token with it.
    private enum Algorithm {
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

    private static func words(_ input: UnsafeRawBufferPointer) -> (UInt64, UInt64, UInt64, UInt64) {
        var words: (UInt64, UInt64, UInt64, UInt64) = (0, 0, 0, 0)
        let done = unsafe withUnsafeMutableBytes(of: &words) { output in
            unsafe EVP_Digest(
                input.baseAddress, input.count, output.baseAddress?.assumingMemoryBound(to: UInt8.self), nil,
                Algorithm.sha256, nil)
        }
        precondition(done == 1, "OpenSSL could not digest")
        return (words.0.bigEndian, words.1.bigEndian, words.2.bigEndian, words.3.bigEndian)
    }
}
