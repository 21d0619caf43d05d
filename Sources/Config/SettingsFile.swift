/// A file of `KEY=value` lines, as shells and service managers know them.
///
/// `#` begins a comment line; spaces around key and value do not count; a value in single or double quotes is
/// taken as it stands between them. Nothing is expanded, and there are no escapes.
struct SettingsFile {
    private(set) var values: [String: String] = [:]
    private(set) var problems: [Invalid.Problem] = []

    init(_ bytes: [UInt8], path: String) {
        guard let text = String(validating: bytes, as: UTF8.self), !bytes.contains(0) else {
            problems = [Invalid.Problem(path, "is not UTF-8 text")]
            return
        }
        for (index, line) in text.utf8.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
            .enumerated()
        {
            let content = Self.trim(line)
            guard let first = content.first, first != UInt8(ascii: "#") else { continue }
            let place = "\(path) line \(index + 1)"
            guard let equals = content.firstIndex(of: UInt8(ascii: "=")), Self.isName(Self.trim(content[..<equals]))
            else {
                problems.append(Invalid.Problem(place, "is not a setting", allowed: "KEY=value, or # and a comment"))
                continue
            }
            let key = String(Substring(Self.trim(content[..<equals])))
            guard let value = Self.unquote(Self.trim(content[content.index(after: equals)...])) else {
                problems.append(Invalid.Problem(place, "has a quote that does not end, or text after it"))
                continue
            }
            if values.updateValue(value, forKey: key) != nil {
                problems.append(Invalid.Problem(place, "sets \(key) a second time"))
            }
        }
    }

    /// What looks otherwise may be a secret, such as a key in base64 that ends with `=`, and is never shown.
    private static func isName(_ text: Substring.UTF8View) -> Bool {
        !text.isEmpty
            && text.allSatisfy {
                (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains($0) || (0x30...0x39).contains($0)
                    || $0 == UInt8(ascii: "_")
            }
    }

    /// Without spaces, tabs and carriage returns at either end.
    static func trim(_ text: Substring.UTF8View) -> Substring.UTF8View {
        func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 || byte == 0x0D }
        var rest = text
        while let first = rest.first, isBlank(first) { rest = rest.dropFirst() }
        while let last = rest.last, isBlank(last) { rest = rest.dropLast() }
        return rest
    }

    private static func unquote(_ text: Substring.UTF8View) -> String? {
        guard let quote = text.first, quote == UInt8(ascii: "\"") || quote == UInt8(ascii: "'") else {
            return String(Substring(text))
        }
        let inner = text.dropFirst()
        guard let end = inner.firstIndex(of: quote), inner.index(after: end) == inner.endIndex else { return nil }
        return String(Substring(inner[..<end]))
    }
}
