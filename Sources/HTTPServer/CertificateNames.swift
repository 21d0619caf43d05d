/// The DNS names that a certificate is for, in lower case.
struct CertificateNames: Sendable {
    let all: [String]

    init(_ names: [String]) { all = names.map { $0.lowercased() } }
}

/// Which certificate answers for a name: exact names before wildcards, and what was listed first before the rest.
struct CertificateTable: Sendable {
    private var exact: [String: Int] = [:]
    /// By what follows the asterisk, with its dot.
    private var wildcard: [String: Int] = [:]

    init(_ certificates: [CertificateNames]) {
        for (index, names) in certificates.enumerated() {
            for name in names.all {
                // A wildcard is a whole label, and the first one (RFC 9525 §6.3).
                if name.hasPrefix("*.") {
                    let rest = String(name.dropFirst())
                    wildcard[rest] = wildcard[rest] ?? index
                } else {
                    exact[name] = exact[name] ?? index
                }
            }
        }
    }

    /// The place of the certificate; the first for a name that none has, and where no name was given.
    func place(of name: String?) -> Int {
        guard let name = name?.lowercased() else { return 0 }
        if let index = exact[name] { return index }
        guard let dot = name.utf8.firstIndex(of: UInt8(ascii: ".")), dot != name.startIndex else { return 0 }
        return wildcard[String(name[dot...])] ?? 0
    }
}
