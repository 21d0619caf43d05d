internal import CSodium

/// SipHash-2-4 with 128 bits of output (Aumasson and Bernstein, 2012), through libsodium: a pseudorandom function that
/// is several times as fast as a digest, and allocates nothing.
///
/// Only for maps in memory, under a key that never leaves the process. Whoever does not know the key can find no two
/// messages of one value, nor a message of a value that is there, by any better means than trying 2^128; so a value
/// stands for its message. With the key both are easy, so values and key must never be stored or shown.
public struct SipHash: Sendable {
    private let key: (UInt64, UInt64)

    /// A value as a key of maps, without a heap allocation.
    public struct Value: Hashable, Sendable {
        private let first: UInt64
        private let second: UInt64

        fileprivate init(_ words: (UInt64, UInt64)) { (first, second) = words }

        /// In the order of SipHash's own test vectors.
        public var bytes: [UInt8] {
            [first, second].flatMap { word in
                stride(from: 0, to: 64, by: 8).map { UInt8(truncatingIfNeeded: word >> UInt64($0)) }
            }
        }

        /// Half of it is enough to spread: equality looks at the whole.
        public func hash(into hasher: inout Hasher) { hasher.combine(first) }
    }

    /// Under a fresh key from the kernel.
    public init() { self.init(key: Random.bytes(16)) }

    init(key: [UInt8]) {
        precondition(key.count == Int(crypto_shorthash_siphashx24_KEYBYTES), "a key of 16 bytes")
        self.key = (Self.word(key[0..<8]), Self.word(key[8..<16]))
    }

    public func value(of message: ArraySlice<UInt8>) -> Value {
        unsafe message.withUnsafeBytes { unsafe value(of: $0) }
    }

    private func value(of message: UnsafeRawBufferPointer) -> Value {
        var words: (UInt64, UInt64) = (0, 0)
        let status = unsafe withUnsafeMutableBytes(of: &words) { output in
            unsafe withUnsafeBytes(of: key) { key in
                unsafe crypto_shorthash_siphashx24(
                    output.baseAddress!.assumingMemoryBound(to: UInt8.self),
                    message.baseAddress?.assumingMemoryBound(to: UInt8.self), UInt64(message.count),
                    key.baseAddress!.assumingMemoryBound(to: UInt8.self))
            }
        }
        precondition(status == 0, "libsodium could not hash")
        return Value((words.0.littleEndian, words.1.littleEndian))
    }

    private static func word(_ bytes: ArraySlice<UInt8>) -> UInt64 {
        bytes.reversed().reduce(0) { $0 << 8 | UInt64($1) }
    }
}
