import HTTP
import Testing

@Suite("The PROXY protocol, version 2")
struct ProxyHeaderTests {
    static let signature: [UInt8] = [0x0D, 0x0A, 0x0D, 0x0A, 0, 0x0D, 0x0A, 0x51, 0x55, 0x49, 0x54, 0x0A]
    static let v4: [UInt8] = [192, 0, 2, 7, 198, 51, 100, 1, 0x30, 0x39, 0x01, 0xBB]
    static let v6: [UInt8] =
        [0x20, 0x01, 0x0D, 0xB8] + [UInt8](repeating: 0, count: 11) + [7] + [UInt8](repeating: 1, count: 16)
        + [0x30, 0x39, 0x01, 0xBB]

    static func header(_ command: UInt8, _ family: UInt8, _ rest: [UInt8], count: Int? = nil) -> [UInt8] {
        let count = count ?? rest.count
        return signature + [command, family, UInt8(count >> 8), UInt8(count & 0xFF)] + rest
    }

    /// What comes out when the reader gets exactly what it asks for, at most `most` bytes at a time.
    static func read(_ bytes: [UInt8], most: Int = .max) -> (step: ProxyHeaderReader.Step, rest: [UInt8]) {
        var reader = ProxyHeaderReader()
        var rest = bytes[...]
        while true {
            let step = reader.next()
            guard case .needMore(let wanted) = step, !rest.isEmpty else { return (step, Array(rest)) }
            reader.append(rest.prefix(min(wanted, most)))
            rest = rest.dropFirst(min(wanted, most))
        }
    }

    static let accepted: [(String, [UInt8], String?)] = [
        ("TCP over IPv4", header(0x21, 0x11, v4), "192.0.2.7"),
        ("TCP over IPv6", header(0x21, 0x21, v6), "2001:db8::7"),
        ("a Unix socket", header(0x21, 0x31, [UInt8](repeating: 0x61, count: 216)), nil),
        ("LOCAL", header(0x20, 0x00, []), nil),
        ("LOCAL with addresses, which do not count", header(0x20, 0x11, v4), nil),
        ("LOCAL with noise, which is discarded", header(0x20, 0xFF, [1, 2, 3]), nil),
        ("no family, and noise", header(0x21, 0x00, [1, 2, 3]), nil),
        ("an unknown extension", header(0x21, 0x11, v4 + [0xE0, 0, 3, 1, 2, 3, 0x04, 0, 0]), "192.0.2.7"),
        (
            "the longest", header(0x21, 0x11, v4 + [0x04, 0x0F, 0xE1] + [UInt8](repeating: 0, count: 0xFE1)),
            "192.0.2.7"
        ),
        // The checksum is that of an independent implementation of CRC32c.
        ("a checksum", header(0x21, 0x11, v4 + [0x03, 0, 4] + checksum), "192.0.2.7"),
    ]
    static let checksum: [UInt8] = [0xBC, 0xAE, 0x69, 0x01]

    @Test(arguments: accepted.indices, [1, 7, .max])
    func `a header is understood however it arrives, and nothing after it is touched`(_ index: Int, _ most: Int) {
        let (name, bytes, client) = Self.accepted[index]
        let (step, rest) = Self.read(bytes + Array("GET / ".utf8), most: most)
        guard case .complete(let header) = step else {
            Issue.record("\(name): \(step)")
            return
        }
        #expect(header.client?.description == client, "\(name)")
        #expect(rest == Array("GET / ".utf8), "\(name)")
    }

    static let refused: [(String, [UInt8], ProxyHeader.Refusal)] = [
        ("HTTP", Array("GET / HTTP/1.1\r\n".utf8), .missing),
        ("TLS", [0x16, 0x03, 0x01], .missing),
        ("an almost right signature", Array(signature.dropLast()) + [0x0B], .missing),
        ("the text form", Array("PROXY TCP4 192.0.2.7 198.51.100.1 1 2\r\n".utf8), .version1),
        ("another version", header(0x11, 0x11, v4), .unsupported),
        ("version 3", header(0x31, 0x11, v4), .unsupported),
        ("another command", header(0x22, 0x11, v4), .unsupported),
        ("UDP", header(0x21, 0x12, v4), .unsupported),
        ("an unknown family", header(0x21, 0x41, v4), .unsupported),
        ("addresses cut short", header(0x21, 0x11, Array(v4.dropLast())), .malformed),
        ("IPv6 in the room of IPv4", header(0x21, 0x21, v4), .malformed),
        ("an extension without a length", header(0x21, 0x11, v4 + [0x04, 0]), .malformed),
        ("an extension beyond the end", header(0x21, 0x11, v4 + [0x04, 0, 1]), .malformed),
        ("a checksum of two bytes", header(0x21, 0x11, v4 + [0x03, 0, 2, 1, 2]), .malformed),
        ("a wrong checksum", header(0x21, 0x11, v4 + [0x03, 0, 4, 1, 2, 3, 4]), .wrongChecksum),
        ("one byte too long", header(0x21, 0x11, [], count: 4_081), .tooLong),
        ("the longest that can be said", header(0x21, 0x11, [], count: 65_535), .tooLong),
    ]

    @Test(arguments: refused.indices, [1, .max])
    func `anything else is refused`(_ index: Int, _ most: Int) {
        let (name, bytes, refusal) = Self.refused[index]
        let (step, _) = Self.read(bytes, most: most)
        // Byte by byte, the text form is another one at its first byte.
        let expected = refusal == .version1 && most == 1 ? .missing : refusal
        #expect(step == .refused(expected), "\(name)")
    }

    @Test func `a stream that cannot become a header is refused at its first wrong byte`() {
        var reader = ProxyHeaderReader()
        reader.append([0x0D])
        #expect(reader.next() == .needMore(15))
        reader.append([0x0B])
        #expect(reader.next() == .refused(.missing))
    }
}
