extension Argon2Parameters {
    /// Reads what ``format`` writes; `nil` for anything else, and for costs above ``ceiling``.
    public init?(format: String) {
        let salt = String(repeating: "A", count: 22)
        let hash = String(repeating: "A", count: 43)
        guard let parameters = try? PHC("\(format)$\(salt)$\(hash)").parameters else { return nil }
        self = parameters
    }
}
