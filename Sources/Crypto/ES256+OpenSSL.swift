internal import COpenSSL
internal import Synchronization

/// Owns one OpenSSL key. OpenSSL locks what it caches in a key, so that threads may share it.
@safe final class KeyHandle: @unchecked Sendable {
    private let key: OpaquePointer
    /// What one verification leaves for the next: to set it up costs a twentieth of a verification. As many threads as
    /// verify at once find it taken, and make their own.
    private let idle = Atomic<UInt>(0)

    /// `nil` unless OpenSSL accepts the uncompressed point, and the scalar where there is one.
    init?(point: [UInt8], scalar: [UInt8]?) {
        let number = unsafe scalar.map { unsafe BN_bin2bn($0, Int32($0.count), nil) } ?? nil
        defer { unsafe BN_clear_free(number) }
        guard point.count == 65, unsafe (number == nil) == (scalar == nil),
            let key = unsafe shim_p256_key(point, number)
        else {
            ERR_clear_error()
            return nil
        }
        unsafe self.key = key
    }

    deinit {
        unsafe shim_verification_free(UnsafeMutablePointer(bitPattern: idle.load(ordering: .acquiring)))
        unsafe EVP_PKEY_free(key)
    }

    /// On the curve, not at infinity, and of the right order (SEC 1 §3.2.2.1).
    var isValidPublicKey: Bool {
        guard let context = unsafe EVP_PKEY_CTX_new_from_pkey(nil, key, nil) else { return false }
        defer { unsafe EVP_PKEY_CTX_free(context) }
        let isValid = unsafe EVP_PKEY_public_check(context) == 1
        if !isValid { ERR_clear_error() }
        return isValid
    }

    /// A signature in DER.
    func sign(digest: [UInt8]) -> [UInt8]? {
        guard let context = unsafe EVP_PKEY_CTX_new_from_pkey(nil, key, nil) else { return nil }
        defer { unsafe EVP_PKEY_CTX_free(context) }
        guard unsafe EVP_PKEY_sign_init(context) == 1 else { return nil }
        var count = DERSignature.longest
        var signature = [UInt8](repeating: 0, count: count)
        guard unsafe EVP_PKEY_sign(context, &signature, &count, digest, digest.count) == 1 else { return nil }
        signature.removeLast(signature.count - count)
        return signature
    }

    /// `signature` is `r ‖ s`, 64 bytes; the message is digested here.
    func verify(raw signature: UnsafeRawBufferPointer, of message: UnsafeRawBufferPointer) -> Bool {
        unsafe withUnsafeTemporaryAllocation(byteCount: DERSignature.longest, alignment: 1) { der in
            guard let count = unsafe DERSignature.write(raw: signature, to: der),
                let context = unsafe takeVerification()
            else { return false }
            let isGood = unsafe shim_verify(context, der.baseAddress, count, message.baseAddress, message.count) == 1
            if isGood {
                unsafe giveBack(context)
            } else {
                // OpenSSL promises nothing about what refused once.
                unsafe shim_verification_free(context)
                ERR_clear_error()
            }
            return isGood
        }
    }

    private func takeVerification() -> UnsafeMutablePointer<shim_verification>? {
        unsafe UnsafeMutablePointer(bitPattern: idle.exchange(0, ordering: .acquiring)) ?? shim_verification_new(key)
    }

    private func giveBack(_ context: UnsafeMutablePointer<shim_verification>) {
        let (isKept, _) = idle.compareExchange(
            expected: 0, desired: UInt(bitPattern: context), successOrdering: .releasing, failureOrdering: .relaxed)
        if !isKept { unsafe shim_verification_free(context) }
    }
}

/// OpenSSL speaks DER (`SEQUENCE { r, s }`), JOSE speaks `r ‖ s`.
struct DERSignature {
    /// Two integers of 33 bytes with their headers, and the sequence's.
    static let longest = 72
    let bytes: [UInt8]

    init(bytes: [UInt8]) { self.bytes = bytes }

    /// Writes 64 bytes `r ‖ s` in the shortest form, as DER wants it, and returns how many bytes that took. `nil` for a
    /// zero `r` or `s`, which is never a signature. `output` has ``longest`` bytes.
    static func write(raw: UnsafeRawBufferPointer, to output: UnsafeMutableRawBufferPointer) -> Int? {
        var count = 2
        guard unsafe append(raw, 0..<32, to: output, &count), unsafe append(raw, 32..<64, to: output, &count) else {
            return nil
        }
        unsafe output[0] = 0x30
        unsafe output[1] = UInt8(count - 2)
        return count
    }

    /// One integer: without leading zeros, and with one where it would be negative.
    private static func append(
        _ raw: UnsafeRawBufferPointer, _ scalar: Range<Int>, to output: UnsafeMutableRawBufferPointer,
        _ count: inout Int
    ) -> Bool {
        var first = scalar.lowerBound
        while unsafe first < scalar.upperBound && raw[first] == 0 { first += 1 }
        let digits = scalar.upperBound - first
        guard digits > 0 else { return false }
        let padding = unsafe raw[first] < 0x80 ? 0 : 1
        unsafe output[count] = 0x02
        unsafe output[count + 1] = UInt8(digits + padding)
        if padding == 1 { unsafe output[count + 2] = 0 }
        count += 2 + padding
        for place in first..<scalar.upperBound {
            unsafe output[count] = raw[place]
            count += 1
        }
        return true
    }

    /// `nil` when the bytes are not a DER signature over a 256-bit group.
    var raw: [UInt8]? {
        guard bytes.count <= Self.longest, bytes.count >= 8, bytes[0] == 0x30, Int(bytes[1]) == bytes.count - 2
        else { return nil }
        var rest = bytes[2...]
        guard let r = Self.takeInteger(&rest), let s = Self.takeInteger(&rest), rest.isEmpty else { return nil }
        return r + s
    }

    private static func takeInteger(_ rest: inout ArraySlice<UInt8>) -> [UInt8]? {
        guard rest.count >= 2, rest.removeFirst() == 0x02 else { return nil }
        let count = Int(rest.removeFirst())
        guard (1...33).contains(count), rest.count >= count else { return nil }
        let digits = rest.prefix(count).drop { $0 == 0 }
        rest = rest.dropFirst(count)
        guard digits.count <= 32 else { return nil }
        return [UInt8](repeating: 0, count: 32 - digits.count) + digits
    }
}

enum CurvePoint {
    /// `scalar · G` as an uncompressed point (65 bytes); `nil` for zero and for anything not below the order.
    static func multiple(of scalar: [UInt8]) -> [UInt8]? {
        guard let group = unsafe EC_GROUP_new_by_curve_name(NID_X9_62_prime256v1) else { return nil }
        defer { unsafe EC_GROUP_free(group) }
        guard let number = unsafe BN_bin2bn(scalar, Int32(scalar.count), nil) else { return nil }
        defer { unsafe BN_clear_free(number) }
        guard unsafe BN_is_zero(number) == 0, unsafe BN_cmp(number, EC_GROUP_get0_order(group)) < 0,
            let point = unsafe EC_POINT_new(group)
        else { return nil }
        defer { unsafe EC_POINT_free(point) }
        var output = [UInt8](repeating: 0, count: 65)
        guard unsafe EC_POINT_mul(group, point, number, nil, nil, nil) == 1,
            unsafe EC_POINT_point2oct(group, point, POINT_CONVERSION_UNCOMPRESSED, &output, output.count, nil) == 65
        else { return nil }
        return output
    }
}
