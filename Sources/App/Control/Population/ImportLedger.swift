internal import Domain
internal import Flows

/// What a file has said so far, so that nobody comes twice: 16 bytes for each id, name and address.
struct ImportLedger {
    private var lines: [Int: Int32] = [:]

    /// `nil` for somebody new, who is remembered.
    mutating func note(_ user: ImportedUser) -> ImportProblem? {
        var keys: [(field: ImportField, key: Int)] = [(.email, Self.key("e", user.email.key))]
        if let id = user.id { keys.append((.id, Self.key("i", id.text))) }
        if let username = user.username { keys.append((.username, Self.key("u", username.key))) }
        for (field, key) in keys {
            guard let line = lines[key] else { continue }
            return ImportProblem(
                line: user.line, field: field.rawValue, code: "duplicate_in_file",
                message: "stands in line \(line) already")
        }
        for (_, key) in keys { lines[key] = Int32(clamping: user.line) }
        return nil
    }

    /// The process's own seed makes it 64 bits that nobody can choose.
    private static func key(_ kind: String, _ text: String) -> Int {
        var hasher = Hasher()
        hasher.combine(kind)
        hasher.combine(text)
        return hasher.finalize()
    }
}
