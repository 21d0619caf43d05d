import HTTP
import Testing

@Suite("Addresses, blocks and proxies")
struct AddressTests {
    @Test(
        "is an address, written in one form",
        arguments: [
            ("0.0.0.0", "0.0.0.0"), ("255.255.255.255", "255.255.255.255"), ("::", "::"), ("::1", "::1"),
            ("1::", "1::"),
            ("2001:DB8:0:0:0:0:0:1", "2001:db8::1"), ("2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1"),
            ("2001:db8::0:1:0:0", "2001:db8::1:0:0"), ("1:0:0:2:0:0:0:3", "1:0:0:2::3"), ("::ffff:1.2.3.4", "1.2.3.4"),
            ("::FFFF:0102:0304", "1.2.3.4"), ("::1.2.3.4", "::102:304"), ("64:ff9b::1.2.3.4", "64:ff9b::102:304"),
            ("1:2:3:4:5:6:7:8", "1:2:3:4:5:6:7:8"), ("1:2:3:4:5:6:7::", "1:2:3:4:5:6:7:0"),
            ("::2:3:4:5:6:7:8", "0:2:3:4:5:6:7:8"), ("1:2:3:4:5:6:1.2.3.4", "1:2:3:4:5:6:102:304"),
        ])
    func address(_ text: String, _ canonical: String) {
        let address = IPAddress(text)
        #expect(address?.description == canonical)
        #expect(address == IPAddress(canonical))
    }

    @Test(
        "is no address",
        arguments: [
            "", "1", "1.2.3", "1.2.3.4.5", "1.2.3.256", "01.2.3.4", "1.2.3.04", "1.2.3.4 ", " 1.2.3.4", "1..2.3",
            "1.2.3.",
            "0x1.2.3.4", "1.2.3.4:80", ":", ":::", "1:::2", "1::2::3", "1:2:3:4:5:6:7", "1:2:3:4:5:6:7:8:9",
            "1:2:3:4:5:6:7:8::",
            "::1:2:3:4:5:6:7:8", "12345::", "g::", "fe80::1%eth0", "[::1]", "::1:", ":1::", "1:2:3:4:5:6:7:1.2.3.4",
            "::1.2.3", "::1.2.3.4:5", "1.2.3.4::", "::ffff:01.2.3.4", "١.2.3.4",
        ])
    func noAddress(_ text: String) {
        #expect(IPAddress(text) == nil)
    }

    @Test(
        "counts as one source",
        arguments: [
            ("192.0.2.77", "192.0.2.0/24"), ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
            ("::ffff:10.1.2.3", "10.1.2.0/24"),
        ])
    func network(_ text: String, _ network: String) {
        #expect(IPAddress(text)?.network.description == network)
    }

    @Test func `socket addresses come as bytes`() {
        #expect(IPAddress(bytes: [127, 0, 0, 1])?.description == "127.0.0.1")
        #expect(IPAddress(bytes: [UInt8](repeating: 0, count: 15) + [1])?.description == "::1")
        #expect(IPAddress(bytes: [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 255, 255, 1, 2, 3, 4])?.description == "1.2.3.4")
        #expect(IPAddress(bytes: [1, 2, 3]) == nil)
        #expect(IPAddress(bytes: [UInt8](repeating: 0, count: 17)) == nil)
    }

    @Test(
        "holds",
        arguments: [
            ("10.0.0.0/8", "10.255.0.1", true), ("10.0.0.0/8", "11.0.0.0", false), ("0.0.0.0/0", "1.2.3.4", true),
            ("0.0.0.0/0", "::", false), ("::/0", "1::", true), ("::/0", "1.2.3.4", false), ("1.2.3.4", "1.2.3.4", true),
            ("1.2.3.4/32", "1.2.3.5", false), ("2001:db8::/32", "2001:db8:ffff::1", true),
            ("2001:db8::/33", "2001:db8:8000::", false), ("fe80::/65", "fe80::7fff:0:0:1", true),
            ("fe80::/65", "fe80::8000:0:0:1", false), ("::1/128", "::1", true),
            ("::ffff:10.0.0.0/104", "10.9.9.9", true),
            ("10.0.0.0/8", "::ffff:10.0.0.1", true),
        ])
    func block(_ block: String, _ address: String, _ isInside: Bool) throws {
        let block = try #require(AddressBlock(block))
        #expect(block.contains(try #require(IPAddress(address))) == isInside)
    }

    @Test(
        "is no block",
        arguments: [
            "", "/", "10.0.0.0/", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/08", "10.0.0.0/8/8", "10.0.0.1/8", "::1/64",
            "::/129", "::ffff:10.0.0.0/8", "a/8", "10.0.0.0/+8", "10/8", "::/9999",
        ])
    func noBlock(_ text: String) {
        #expect(AddressBlock(text) == nil)
    }

    struct Walk: CustomTestStringConvertible, Sendable {
        let testDescription: String
        let peer: String
        let values: [String]
        let client: String

        init(_ sentence: String, _ peer: String, _ values: [String], _ client: String) {
            testDescription = sentence
            self.peer = peer
            self.values = values
            self.client = client
        }
    }

    static let walks = [
        Walk("a stranger's word counts nothing", "203.0.113.9", ["1.1.1.1"], "203.0.113.9"),
        Walk("a proxy names its client", "10.0.0.1", ["1.1.1.1"], "1.1.1.1"),
        Walk("what the client claimed is further left", "10.0.0.1", ["9.9.9.9, 1.1.1.1"], "1.1.1.1"),
        Walk("two proxies", "10.0.0.1", ["9.9.9.9, 1.1.1.1 ,\t10.0.0.2"], "1.1.1.1"),
        Walk("over several fields", "10.0.0.1", ["9.9.9.9", "1.1.1.1", "10.0.0.2"], "1.1.1.1"),
        Walk("all are proxies", "10.0.0.1", ["10.0.0.3, 10.0.0.2"], "10.0.0.3"),
        Walk("nothing was said", "10.0.0.1", [], "10.0.0.1"),
        Walk("an empty value", "10.0.0.1", [""], "10.0.0.1"),
        Walk("rubbish ends the walk", "10.0.0.1", ["1.1.1.1, unknown, 10.0.0.2"], "10.0.0.2"),
        Walk("an empty entry ends the walk", "10.0.0.1", ["1.1.1.1,,10.0.0.2"], "10.0.0.2"),
        Walk("with a port", "10.0.0.1", ["1.1.1.1:5555"], "1.1.1.1"),
        Walk("IPv6 in brackets", "10.0.0.1", ["[2001:db8::5]:5555"], "2001:db8::5"),
        Walk("IPv6 without brackets", "10.0.0.1", ["2001:db8::5"], "2001:db8::5"),
        Walk("a mapped address is its IPv4 address", "::ffff:10.0.0.1", ["::ffff:1.1.1.1"], "1.1.1.1"),
        Walk("a name is no address", "10.0.0.1", ["example.com:80"], "10.0.0.1"),
        Walk("a zone is no address", "10.0.0.1", ["fe80::1%eth0"], "10.0.0.1"),
    ]

    /// With fields of another name around them.
    private func headers(_ name: FieldName, _ values: [String]) -> Headers {
        var headers = Headers()
        headers.add("X-Forwarded-Foo", "8.8.8.8, https")
        for value in values { headers.add(name, value) }
        headers.add("X-Forwarded-Prot0", "8.8.8.8, https")
        return headers
    }

    @Test("is the client", arguments: walks)
    func client(_ walk: Walk) throws {
        let proxies = TrustedProxies(blocks: [try #require(AddressBlock("10.0.0.0/8"))], trustsLocal: false)
        let peer = ClientAddress.ip(try #require(IPAddress(walk.peer)))
        #expect(proxies.client(peer: peer, headers("X-Forwarded-For", walk.values)).description == walk.client)
    }

    @Test func `nobody is believed by default, and a Unix socket only when listed`() throws {
        #expect(TrustedProxies.none.client(peer: .local, headers("X-Forwarded-For", ["1.1.1.1"])) == .local)
        let local = TrustedProxies(blocks: [], trustsLocal: true)
        #expect(local.client(peer: .local, headers("X-Forwarded-For", ["1.1.1.1"])).description == "1.1.1.1")
        #expect(ClientAddress.local.network == "local")
    }

    @Test(
        "is secure",
        arguments: [
            (true, false, ["https"], true), (true, false, ["HTTPS"], true), (true, false, ["http"], false),
            (true, false, ["https, http"], false), (true, false, ["http", "https"], true), (true, true, [], true),
            (true, false, [], false), (false, false, ["https"], false), (false, true, ["http"], true),
            (true, false, ["httpss"], false),
        ])
    func secure(_ isTrusted: Bool, _ overTLS: Bool, _ values: [String], _ expected: Bool) {
        let proxies = TrustedProxies(blocks: [], trustsLocal: isTrusted)
        #expect(proxies.isSecure(peer: .local, overTLS: overTLS, headers("X-Forwarded-Proto", values)) == expected)
    }
}
