internal import Crypto
internal import Domain

/// The beginning of an encrypted file (age-encryption.org/v1): the file's key, wrapped once for each recipient.
enum AgeHeader {
    static let version = Array("age-encryption.org/v1\n".utf8)
    static let fileKeyCount = 16
    private static let label = Array("age-encryption.org/v1/X25519".utf8)
    private static let longest = 1 << 16

    static func write(_ fileKey: Secret, to recipients: [AgeRecipient], random: (Int) -> [UInt8]) -> [UInt8]? {
        var header = version
        for recipient in recipients {
            let ephemeral = Secret(random(X25519.count))
            let share = X25519.publicKey(of: ephemeral)
            guard let key = wrapKey(ephemeral, with: recipient.key, share: share, recipient: recipient.key) else {
                return nil
            }
            let body = ChaCha20Poly1305.seal(fileKey.exposed, key: key, nonce: zeroNonce)
            header += Array("-> X25519 ".utf8) + base64(share) + [0x0A] + base64(body) + [0x0A]
        }
        header += Array("---".utf8)
        let mac = HMAC.sha256(key: macKey(fileKey), header)
        return header + [0x20] + base64(mac) + [0x0A]
    }

    enum Reading {
        /// Not all of it is there yet.
        case incomplete
        case malformed
        /// It is well-formed, and none of the identities is a recipient.
        case notForUs
        case read(fileKey: Secret, count: Int)
    }

    static func read(_ bytes: [UInt8], with identities: [AgeIdentity]) -> Reading {
        let start = bytes.prefix(version.count)
        guard version.starts(with: start) else { return .malformed }
        var place = version.count
        var stanzas: [(share: [UInt8], body: [UInt8])] = []
        while true {
            guard let line = line(bytes, &place) else { return bytes.count > longest ? .malformed : .incomplete }
            if line.starts(with: "--- ".utf8) {
                let end = place - line.count - 1 + 3
                guard let mac = decoded(line.dropFirst(4)), mac.count == 32 else { return .malformed }
                return finish(stanzas, identities, header: Array(bytes[..<end]), mac, count: place)
            }
            guard line.starts(with: "-> ".utf8) else { return .malformed }
            var body: [UInt8] = []
            while true {
                guard let part = self.line(bytes, &place) else {
                    return bytes.count > longest ? .malformed : .incomplete
                }
                guard part.count <= 64, let decoded = decoded(part) else { return .malformed }
                body += decoded
                if part.count < 64 { break }
            }
            let words = line.dropFirst(3).split(separator: 0x20, omittingEmptySubsequences: false)
            guard words.first?.elementsEqual("X25519".utf8) ?? false else { continue }
            guard words.count == 2, let share = decoded(words[1]), share.count == X25519.count,
                body.count == fileKeyCount + ChaCha20Poly1305.tagCount
            else { return .malformed }
            stanzas.append((share, body))
        }
    }

    private static func finish(
        _ stanzas: [(share: [UInt8], body: [UInt8])], _ identities: [AgeIdentity], header: [UInt8], _ mac: [UInt8],
        count: Int
    ) -> Reading {
        for identity in identities {
            for (share, body) in stanzas {
                guard
                    let key = wrapKey(
                        identity.secret, with: share, share: share, recipient: identity.recipient.key),
                    let opened = ChaCha20Poly1305.open(body, key: key, nonce: zeroNonce)
                else { continue }
                let fileKey = Secret(opened)
                guard constantTimeEqual(HMAC.sha256(key: macKey(fileKey), header), mac) else { return .malformed }
                return .read(fileKey: fileKey, count: count)
            }
        }
        return .notForUs
    }

    /// A key is used for one message, so its nonce is zero.
    private static let zeroNonce = [UInt8](repeating: 0, count: ChaCha20Poly1305.nonceCount)

    private static func wrapKey(_ secret: Secret, with other: [UInt8], share: [UInt8], recipient: [UInt8]) -> Secret? {
        X25519.agree(secret, with: other).map {
            HKDF.sha256(input: $0, salt: share + recipient, info: label, count: ChaCha20Poly1305.keyCount)
        }
    }

    private static func macKey(_ fileKey: Secret) -> Secret {
        HKDF.sha256(input: fileKey, salt: [], info: Array("header".utf8), count: 32)
    }

    private static func line(_ bytes: [UInt8], _ place: inout Int) -> ArraySlice<UInt8>? {
        guard place <= bytes.count, let end = bytes[place...].firstIndex(of: 0x0A) else { return nil }
        defer { place = end + 1 }
        return bytes[place..<end]
    }

    // The alphabet of RFC 4648 §4 without padding; otherwise what Base64URL is.

    private static func base64(_ bytes: [UInt8]) -> [UInt8] {
        Base64URL.encoded(bytes).map {
            $0 == UInt8(ascii: "-") ? UInt8(ascii: "+") : $0 == UInt8(ascii: "_") ? UInt8(ascii: "/") : $0
        }
    }

    private static func decoded(_ text: ArraySlice<UInt8>) -> [UInt8]? {
        guard !text.contains(UInt8(ascii: "-")), !text.contains(UInt8(ascii: "_")) else { return nil }
        return Base64URL.decode(
            text.map {
                $0 == UInt8(ascii: "+") ? UInt8(ascii: "-") : $0 == UInt8(ascii: "/") ? UInt8(ascii: "_") : $0
            }[...])
    }
}
