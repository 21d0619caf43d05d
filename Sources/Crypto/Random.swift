internal import CSodium

/// Unpredictable bytes from the kernel, through libsodium.
public enum Random {
    /// `count` bytes fit for keys, nonces, salts and ids; none for a count below one.
    public static func bytes(_ count: Int) -> [UInt8] {
        guard count > 0 else { return [] }
        Sodium.start()
        var bytes = [UInt8](repeating: 0, count: count)
        unsafe randombytes_buf(&bytes, count)
        return bytes
    }
}

enum Sodium {
    /// `sodium_init` may be called from any thread and any number of times; only the first call does anything.
    private static let isReady = sodium_init() >= 0

    /// Chooses libsodium's implementations for this processor. A machine that cannot give random bytes is not one
    /// that an identity server may run on.
    static func start() { precondition(isReady, "libsodium could not start: no source of randomness") }
}
