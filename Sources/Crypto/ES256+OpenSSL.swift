internal import COpenSSL

/// Owns one OpenSSL key. OpenSSL locks what it caches in a key, so that threads may share it.
@safe final class KeyHandle: @unchecked Sendable {
    private let key: OpaquePointer

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

    deinit { unsafe EVP_PKEY_free(key) }

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

    func verify(_ signature: [UInt8], digest: [UInt8]) -> Bool {
        guard let context = unsafe EVP_PKEY_CTX_new_from_pkey(nil, key, nil) else { return false }
        defer { unsafe EVP_PKEY_CTX_free(context) }
        guard unsafe EVP_PKEY_verify_init(context) == 1 else { return false }
        let isGood = unsafe EVP_PKEY_verify(context, signature, signature.count, digest, digest.count) == 1
        if !isGood { ERR_clear_error() }
        return isGood
    }
}

/// OpenSSL speaks DER (`SEQUENCE { r, s }`), JOSE speaks `r ‖ s`.
struct DERSignature {
    /// Two integers of 33 bytes with their headers, and the sequence's.
    static let longest = 72
    let bytes: [UInt8]

    init(bytes: [UInt8]) { self.bytes = bytes }

    /// From 64 bytes. Shortest form, as DER wants it; a zero `r` or `s` is never a signature.
    init?(raw: [UInt8]) {
        guard let r = Self.integer(raw[0..<32]), let s = Self.integer(raw[32..<64]) else { return nil }
        bytes = [0x30, UInt8(r.count + s.count)] + r + s
    }

    private static func integer(_ scalar: ArraySlice<UInt8>) -> [UInt8]? {
        let digits = scalar.drop { $0 == 0 }
        guard let first = digits.first else { return nil }
        let padded = first < 0x80 ? Array(digits) : [0] + digits
        return [0x02, UInt8(padded.count)] + padded
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
