public import Domain

/// Keys from keys: HMAC-based extract and expand (RFC 5869).
public enum HKDF {
    /// `count` bytes bound to `salt` and `info`; the same arguments always give the same key.
    ///
    /// `count` may be 1 to 8,160 (RFC 5869 §2.3: 255 blocks); it is written in our code, never read from outside.
    public static func sha256(input: Secret, salt: [UInt8], info: [UInt8], count: Int) -> Secret {
        precondition((1...255 * 32).contains(count), "HKDF-SHA-256 gives 1 to 8160 bytes")
        let extracted = HMAC.sha256(key: salt, [input.exposed])
        var output: [UInt8] = []
        output.reserveCapacity(count + 31)
        var block: [UInt8] = []
        var counter: UInt8 = 1
        while true {
            block = HMAC.sha256(key: extracted, [block, info, [counter]])
            output += block
            if output.count >= count { return Secret(Array(output.prefix(count))) }
            counter += 1
        }
    }
}
