internal import Crypto
internal import Domain
internal import Standards
internal import Storage

/// What the flows around the break-glass code have in common.
struct BreakGlass: Sendable {
    let parts: FlowParts

    /// How long a session lasts that the code opened.
    static let sessionLife = Duration.seconds(3_600)
    /// Letters of one alarm.
    static let mostOperators = 200

    /// What is stored of a code. It has 160 random bits, so that nothing slower than a digest is needed.
    static func digest(_ code: BreakGlassCode) -> [UInt8] {
        Digest.sha256(Array("aldrava break-glass 1".utf8) + code.secret.exposed)
    }

    /// What the last group on the paper is made from.
    static func check(_ secret: Secret) -> [UInt8] {
        Digest.sha256(Array("aldrava break-glass check 1".utf8) + secret.exposed)
    }

    /// The account that codes open, and what it still lacks.
    struct Account: Sendable {
        /// `nil` where one has to be made.
        let user: User?
        let wrappedKey: [UInt8]?
        let creation: AccountCreation?
        let hasRole: Bool
    }

    /// An account that was disabled, or whose rows are gone, is left alone, and another one is made: the code has to open.
    func account(_ reader: any StoreReader) throws(StoreFault) -> Account {
        if let id = try reader.breakGlassUser(), let user = try reader.user(id, realm: .system),
            user.isUsable(at: reader.now)
        {
            let roles = try reader.grants(of: id, realm: .system).roles
            return Account(
                user: user, wrappedKey: try reader.subjectKey(of: id, realm: .system), creation: nil,
                hasRole: roles.contains { $0.utf8.elementsEqual(Role.adminName.utf8) })
        }
        let name = try freeName(reader)
        guard case .success(let username) = Username.parse(name),
            case .success(let email) = EmailAddress.parse("\(name)@aldrava.invalid")
        else { throw .unexpected("the name of the break-glass account is none") }
        let user = NewUser(
            id: parts.capabilities.id(User.self), realm: .system, username: username, email: email,
            isEmailVerified: true)
        return Account(
            user: nil, wrappedKey: nil, creation: AccountCreation(user, password: nil, parts.recorder), hasRole: false)
    }

    private func freeName(_ reader: any StoreReader) throws(StoreFault) -> String {
        let name = "break-glass"
        if try reader.user(usernameKey: name, realm: .system) == nil { return name }
        let number = parts.capabilities.random(4).reduce(0) { $0 << 8 | UInt32($1) }
        return "\(name)-\(number)"
    }
}
