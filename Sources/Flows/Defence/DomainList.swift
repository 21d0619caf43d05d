internal import Domain
internal import Standards

/// Mail domains, one a line, each with everything below it. Empty lines and lines after `#` say nothing.
public struct DomainList: Sendable {
    private var domains: Set<[UInt8]> = []
    /// Lines that are no domain, counted from 1.
    public private(set) var unreadable: [Int] = []

    public var count: Int { domains.count }

    public init(_ bytes: [UInt8]) {
        for (index, line) in bytes.split(separator: 0x0A, omittingEmptySubsequences: false).enumerated() {
            let text = line.filter { $0 != 0x0D && $0 != 0x20 && $0 != 0x09 }
            guard let first = text.first, first != UInt8(ascii: "#") else { continue }
            // In the form in which addresses are compared, whatever the list's own is.
            let address = "a@\(String(decoding: text, as: UTF8.self))"
            guard case .success(let email) = EmailAddress.parse(address) else {
                unreadable.append(index + 1)
                continue
            }
            domains.insert(Self.domain(ofKey: email.key))
        }
    }

    /// Whether the domain itself, or one that it lies below, is in the list.
    public func contains(_ domain: String) -> Bool {
        var rest = Array(domain.utf8)[...]
        while !rest.isEmpty {
            if domains.contains(Array(rest)) { return true }
            guard let dot = rest.firstIndex(of: UInt8(ascii: ".")) else { return false }
            rest = rest[(dot + 1)...]
        }
        return false
    }

    /// What stands behind the last `@` of an address in its compared form.
    static func domain(ofKey key: String) -> [UInt8] {
        let bytes = Array(key.utf8)
        return Array(bytes[(bytes.lastIndex(of: UInt8(ascii: "@")).map { $0 + 1 } ?? 0)...])
    }
}
