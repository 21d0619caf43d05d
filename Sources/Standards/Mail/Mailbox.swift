public import Domain

/// Whom a mail is from or for (RFC 5322 §3.4): an address that cannot hold anything else, with a name or without.
public struct Mailbox: Hashable, Sendable {
    /// Empty for none; without control characters.
    public let name: String
    /// The part before the `@`: a dot-atom, with characters above ASCII where the person has them (RFC 6532).
    public let local: String
    /// The part behind it, as lower-case A-labels.
    public let domain: String

    /// A person's own address.
    public init(_ address: EmailAddress) {
        name = ""
        local = String(Substring(address.text.utf8.prefix { $0 != UInt8(ascii: "@") }))
        domain = Self.domain(of: address)
    }

    /// `name <address>`, or an address alone; `nil` for anything else.
    public init?(_ text: String) {
        let bytes = Array(text.utf8)
        guard bytes.count <= Self.longest, bytes.allSatisfy({ $0 >= 0x20 && $0 != 0x7F }) else { return nil }
        var name = ""
        var address = text
        if let open = bytes.lastIndex(of: UInt8(ascii: "<")) {
            let before = bytes[..<open]
            guard bytes.last == UInt8(ascii: ">"), before.last == 0x20, before.count > 1, before.first != 0x20,
                before.allSatisfy({ !#"<>",;:@\"#.utf8.contains($0) })
            else { return nil }
            name = String(decoding: before.dropLast(), as: UTF8.self)
            address = String(decoding: bytes[(open + 1)...].dropLast(), as: UTF8.self)
        }
        guard MailText.isLine(name), case .success(let parsed) = EmailAddress.parse(address) else { return nil }
        let plain = Mailbox(parsed)
        self.init(name: name, local: plain.local, domain: plain.domain)
    }

    /// The server itself, where nobody said who its mail is from; the host is that of a checked URL.
    public init(server host: String) {
        let isName = EmailAddress.isHost(host)
        self.init(name: "", local: "no-reply", domain: isName ? host : "localhost")
    }

    /// The form that ``text`` gives, also of the server's own; for what this program wrote itself.
    public init?(stored text: String) {
        if let mailbox = Mailbox(text) {
            self = mailbox
        } else if text == Mailbox(server: "").address {
            self.init(server: "")
        } else {
            return nil
        }
    }

    private init(name: String, local: String, domain: String) {
        self.name = name
        self.local = local
        self.domain = domain
    }

    private static func domain(of address: EmailAddress) -> String {
        String(Substring(address.key.utf8.drop { $0 != UInt8(ascii: "@") }.dropFirst()))
    }

    /// In bytes, of the whole text.
    public static let longest = 320

    /// For the envelope (RFC 5321 §4.1.2).
    public var address: String { "\(local)@\(domain)" }

    /// `m…@e….org`: enough for whoever knows the address, and for nobody else.
    public var masked: String {
        func head(_ text: String) -> String { text.unicodeScalars.first.map { "\(String($0))…" } ?? "" }
        let end = domain.utf8.lastIndex(of: UInt8(ascii: ".")) ?? domain.utf8.endIndex
        return "\(head(local))@\(head(domain))\(domain[end...])"
    }

    /// For people, and for reading again.
    public var text: String { name.isEmpty ? address : "\(name) <\(address)>" }
}

extension EmailAddress {
    /// Whether a text may stand behind the `@`.
    static func isHost(_ host: String) -> Bool {
        if case .success = parse("a@\(host)") { true } else { false }
    }
}
