internal import CPostgres
internal import Domain
internal import Storage

/// A checked `postgres://` URL, as libpq documents it (PostgreSQL manual §34.1.1.2).
///
/// Whoever has one may call libpq: making it is what loads the library, and there is no connection without it.
///
/// libpq's own complaints about a URL quote the URL, password included. Whatever could end in such a
/// complaint is therefore refused here, in words that hold nothing of the text.
struct DatabaseURL: Sendable {
    let secret: Secret
    /// Whether libpq has a choice, as after a fail-over.
    let namesSeveralHosts: Bool

    /// - Throws: ``StoreFault/unavailable(_:)`` without libpq, and for a URL that cannot be read.
    init(_ secret: Secret) throws(StoreFault) {
        if let problem = unsafe pq_load() { throw .unavailable(unsafe String(cString: problem)) }
        self.secret = secret
        let bytes = secret.exposed
        let schemes = ["postgres://", "postgresql://"]
        guard schemes.contains(where: { bytes.starts(with: $0.utf8) }), !bytes.contains(0) else {
            throw .unavailable("the database URL must begin with postgres:// or postgresql://")
        }
        guard let parts = Self.parts(of: bytes) else {
            throw .unavailable("the database URL cannot be read")
        }
        // A password with an unescaped "/" or "@" ends up in one of these three, and libpq would print it.
        let isMisread =
            parts.contains {
                ["host", "hostaddr", "dbname"].contains($0.keyword) && $0.value.contains(UInt8(ascii: "@"))
            }
            || parts.contains { part in
                part.keyword == "port" && !part.value.allSatisfy { (48...57).contains($0) || $0 == UInt8(ascii: ",") }
            }
        guard !isMisread else {
            throw .unavailable(
                "the database URL cannot be read: a password's special characters must be percent-encoded")
        }
        namesSeveralHosts = parts.contains {
            ["host", "hostaddr"].contains($0.keyword) && $0.value.contains(UInt8(ascii: ","))
        }
    }

    private struct Part {
        let keyword: String
        let value: [UInt8]
    }

    /// What libpq understands of a URL; `nil` when it understands nothing.
    private static func parts(of url: [UInt8]) -> [Part]? {
        var text = url.map { CChar(bitPattern: $0) }
        text.append(0)
        guard let options = unsafe pq_conninfoParse(text, nil) else { return nil }
        defer { unsafe pq_conninfoFree(options) }
        var parts: [Part] = []
        var next = unsafe options
        while let keyword = unsafe next.pointee.keyword {
            if let value = unsafe next.pointee.val {
                unsafe parts.append(
                    Part(keyword: String(cString: keyword), value: Array(String(cString: value).utf8)))
            }
            unsafe next += 1
        }
        return parts
    }
}
