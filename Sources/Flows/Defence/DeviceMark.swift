internal import Domain
internal import Standards

/// What a browser keeps of having signed in before: `1.<id>.<seal>…`, one seal for each account, newest first.
///
/// It proves nobody's identity. It only takes whoever shows it out of the queue that attackers fill, and only for the
/// accounts that it was made for, until their password is another one: a seal is a MAC over realm, id, account, and when
/// the password became what it is.
struct DeviceMark: Sendable {
    /// Drawn at the first sign-in.
    let id: String
    private let seals: [String]

    /// A family's computer.
    private static let mostAccounts = 5
    private static let partCount = 16
    /// Of sixteen bytes as base64url.
    private static let partLength = 22
    static let longest = 2 + (partLength + 1) * (mostAccounts + 1)

    /// `nil` for what has another form; nothing is checked yet.
    init?(_ text: String) {
        guard text.utf8.count <= Self.longest else { return nil }
        let parts = text.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
        guard parts.count >= 3, parts[0] == "1", parts.dropFirst().allSatisfy({ $0.utf8.count == Self.partLength })
        else { return nil }
        id = parts[1]
        seals = Array(parts.dropFirst(2))
    }

    private init(id: String, seals: [String]) {
        self.id = id
        self.seals = seals
    }

    var text: String { (["1", id] + seals).joined(separator: ".") }

    /// - Parameter password: when the account's password became the present one.
    func isOf(_ account: ID<User>, since password: Timestamp, in realm: RealmName, _ keys: DefenceKeys) -> Bool {
        seals.contains { seal in
            guard let bytes = Base64URL.decode(seal), bytes.count == Self.partCount else { return false }
            return keys.isMAC(bytes, of: "device", realm.text, id, account.text, "\(password.milliseconds)")
        }
    }

    /// The mark after `account` signed in: the one that was shown, with one seal more where it has none of theirs.
    static func made(
        for account: ID<User>, since password: Timestamp, in realm: RealmName, after shown: DeviceMark?,
        _ keys: DefenceKeys, _ capabilities: Capabilities
    ) -> DeviceMark {
        if let shown, shown.isOf(account, since: password, in: realm, keys) { return shown }
        let id = shown?.id ?? Base64URL.encode(capabilities.random(partCount))
        let seal = Base64URL.encode(
            keys.mac("device", realm.text, id, account.text, "\(password.milliseconds)").prefix(partCount))
        return DeviceMark(id: id, seals: [seal] + (shown?.seals ?? []).prefix(mostAccounts - 1))
    }
}
