extension Event {
    /// The version byte that every canonical form begins with.
    public static let canonicalVersion: UInt8 = 1

    /// The bytes that the row's MAC, and later the tree, cover. Fixed for ever once published: a change
    /// takes a new version byte. `docs/EVENT-FORMAT.md` describes it; vectors lie in `Tests/Vectors`.
    ///
    /// Version byte; id (16); time in ms (8, big-endian, two's complement); status (1: 0 or 1); actor (16,
    /// zeros for none); then each text as a 4-byte big-endian length and UTF-8: realm, node, did,
    /// confirmed_by, if_ok, if_doubt, if_not, details; then the sealed parts as a 4-byte count and, for
    /// each, the subject (16) and a 4-byte length and ciphertext.
    public var canonical: [UInt8] {
        var bytes: [UInt8] = [Self.canonicalVersion]
        bytes.reserveCapacity(512)
        bytes += id.bytes
        bytes.append(bigEndian: UInt64(bitPattern: time.milliseconds))
        bytes.append(status ? 1 : 0)
        bytes += (actor ?? .nobody).bytes
        for text in [
            realm.text, node, did, confirmedBy, consequences.ifOK, consequences.ifDoubt, consequences.ifNot, details,
        ] {
            bytes.append(lengthPrefixed: text.utf8)
        }
        bytes.append(bigEndian: UInt32(clamping: personal.count))
        for part in personal {
            bytes += part.subject.bytes
            bytes.append(lengthPrefixed: part.ciphertext)
        }
        return bytes
    }
}

extension Event.SealedPart {
    /// All parts of an event as one column: the same bytes that the canonical form ends with.
    public static func encode(_ parts: [Event.SealedPart]) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.append(bigEndian: UInt32(clamping: parts.count))
        for part in parts {
            bytes += part.subject.bytes
            bytes.append(lengthPrefixed: part.ciphertext)
        }
        return bytes
    }

    /// `nil` when the bytes are not exactly what ``encode(_:)`` writes.
    public static func decode(_ bytes: [UInt8]) -> [Event.SealedPart]? {
        var rest = bytes[...]
        func takeLength() -> Int? {
            guard rest.count >= 4 else { return nil }
            let value = rest.prefix(4).reduce(0) { $0 << 8 | Int($1) }
            rest = rest.dropFirst(4)
            return value
        }
        guard let count = takeLength(), count <= 64 else { return nil }
        var parts: [Event.SealedPart] = []
        for _ in 0..<count {
            guard rest.count >= 16, let subject = ID<User>(bytes: rest.prefix(16)) else { return nil }
            rest = rest.dropFirst(16)
            guard let length = takeLength(), rest.count >= length else { return nil }
            parts.append(Event.SealedPart(subject: subject, ciphertext: Array(rest.prefix(length))))
            rest = rest.dropFirst(length)
        }
        return rest.isEmpty ? parts : nil
    }
}

extension [UInt8] {
    fileprivate mutating func append(bigEndian value: some FixedWidthInteger & UnsignedInteger) {
        for shift in stride(from: value.bitWidth - 8, through: 0, by: -8) {
            append(UInt8(truncatingIfNeeded: value >> shift))
        }
    }

    fileprivate mutating func append(lengthPrefixed content: some Collection<UInt8>) {
        append(bigEndian: UInt32(clamping: content.count))
        append(contentsOf: content)
    }
}
