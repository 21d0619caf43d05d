/// What a proxy says about a connection before its first byte: version 2 of the PROXY protocol, as HAProxy publishes it
/// (`doc/proxy-protocol.txt`, section 2.2).
public struct ProxyHeader: Hashable, Sendable {
    /// Who connected to the proxy; `nil` where the connection is the proxy's own (LOCAL) or came from no address
    /// (UNSPEC, Unix sockets).
    public let client: IPAddress?

    /// Why a connection that must begin with this header is closed. Raw values are stable codes for logs.
    public enum Refusal: String, Error, CaseIterable, Sendable {
        /// The first bytes are something else: HTTP, or TLS.
        case missing = "proxy_header_missing"
        /// The text form, `PROXY TCP4 …`, whose end has to be searched for.
        case version1 = "proxy_header_version_1"
        /// A version, a command or a family of addresses that the protocol does not have, or one without connections.
        case unsupported = "proxy_header_unsupported"
        case malformed = "proxy_header_malformed"
        case tooLong = "proxy_header_too_long"
        /// It carries a CRC32c of itself, and that is another one.
        case wrongChecksum = "proxy_header_wrong_checksum"
    }

    static let signature: [UInt8] = [0x0D, 0x0A, 0x0D, 0x0A, 0, 0x0D, 0x0A, 0x51, 0x55, 0x49, 0x54, 0x0A]
    /// Signature, version and command, family and protocol, length of the rest.
    static let fixedCount = 16
    /// In bytes, with everything. The protocol would allow 64 KiB; what proxies add beyond addresses is small.
    public static let most = 4_096
}

/// Collects a ``ProxyHeader``, and never asks for a byte beyond it: what follows may be TLS, which reads for itself.
public struct ProxyHeaderReader: Sendable {
    private var bytes: [UInt8] = []

    public enum Step: Equatable, Sendable {
        /// At most that many bytes of the stream belong to the header.
        case needMore(Int)
        case complete(ProxyHeader)
        case refused(ProxyHeader.Refusal)
    }

    public init() {}

    public mutating func append(_ more: some Sequence<UInt8>) { bytes.append(contentsOf: more) }

    /// What is known with the bytes so far; a stream that cannot become a header is refused at its first wrong byte.
    public func next() -> Step {
        let signature = ProxyHeader.signature
        guard bytes.starts(with: signature.prefix(bytes.count)) else {
            return .refused(bytes.starts(with: "PROXY ".utf8) ? .version1 : .missing)
        }
        guard bytes.count >= ProxyHeader.fixedCount else { return .needMore(ProxyHeader.fixedCount - bytes.count) }
        let total = ProxyHeader.fixedCount + (Int(bytes[14]) << 8 | Int(bytes[15]))
        guard total <= ProxyHeader.most else { return .refused(.tooLong) }
        guard bytes.count >= total else { return .needMore(total - bytes.count) }
        return read(total)
    }

    private func read(_ total: Int) -> Step {
        guard bytes[12] >> 4 == 2 else { return .refused(.unsupported) }
        switch bytes[12] & 0xF {
        // LOCAL: whatever follows is to be discarded.
        case 0: return .complete(ProxyHeader(client: nil))
        case 1: break
        default: return .refused(.unsupported)
        }
        let addresses: Int
        let client: Int
        switch bytes[13] {
        // UNSPEC: where addresses would end is not known, so nothing of the rest is read.
        case 0x00: return .complete(ProxyHeader(client: nil))
        case 0x11: (addresses, client) = (12, 4)
        case 0x21: (addresses, client) = (36, 16)
        case 0x31: (addresses, client) = (216, 0)
        default: return .refused(.unsupported)
        }
        var place = ProxyHeader.fixedCount + addresses
        guard place <= total else { return .refused(.malformed) }
        while place < total {
            guard total - place >= 3 else { return .refused(.malformed) }
            let count = Int(bytes[place + 1]) << 8 | Int(bytes[place + 2])
            let value = place + 3
            guard total - value >= count else { return .refused(.malformed) }
            if bytes[place] == Self.checksumType {
                guard count == 4 else { return .refused(.malformed) }
                guard checksum(total, without: value..<value + 4) == Array(bytes[value..<value + 4]) else {
                    return .refused(.wrongChecksum)
                }
            }
            place = value + count
        }
        let start = ProxyHeader.fixedCount
        return .complete(ProxyHeader(client: IPAddress(bytes: bytes[start..<start + client])))
    }

    /// PP2_TYPE_CRC32C.
    private static let checksumType: UInt8 = 0x03

    /// CRC32c (RFC 9260, appendix A) of the header, as if the checksum itself were zero; in network order.
    private func checksum(_ total: Int, without own: Range<Int>) -> [UInt8] {
        var remainder = UInt32.max
        for index in 0..<total {
            remainder ^= UInt32(own.contains(index) ? 0 : bytes[index])
            for _ in 0..<8 { remainder = remainder >> 1 ^ (remainder & 1 == 1 ? 0x82F6_3B78 : 0) }
        }
        return [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: ~remainder >> $0) }
    }
}
