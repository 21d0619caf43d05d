internal import Domain
internal import Flows
internal import Standards

/// Who is in another store, as a file of it says, and who of them was found here.
struct OtherStore {
    struct Account {
        let line: Int
        let id: ID<User>?
        let number: Int64?
        let email: EmailAddress?
        var isHere = false
    }

    private(set) var accounts: [Account] = []
    /// Rows that say nothing by which somebody could be recognised, or the same as another one.
    private(set) var problems: [ImportProblem] = []
    private var byID: [ID<User>: Int] = [:]
    private var byNumber: [Int64: Int] = [:]
    private var byEmail: [String: Int] = [:]

    init(_ source: inout RowSource) throws {
        try source.read { item, _ in
            switch item {
            case .row(let row): add(row)
            case .refused(let problem), .skipped(let problem): problems.append(problem)
            }
        }
    }

    private mutating func add(_ row: ImportRow) {
        func text(_ field: ImportField) -> String? {
            guard let text = row[field.rawValue]?.string, !text.isEmpty else { return nil }
            return text
        }
        let id = text(.id).flatMap { ID<User>($0) }
        let number = row[ImportField.number.rawValue]?.integer ?? text(.number).flatMap { Int64($0) }
        let email = text(.email).flatMap { try? EmailAddress.parse($0).get() }
        func refuse(_ code: String, _ message: String) {
            problems.append(ImportProblem(line: row.line, field: "", code: code, message: message))
        }
        guard id != nil || number != nil || email != nil else {
            return refuse("nobody", "has neither an id, nor a number, nor an e-mail address")
        }
        let isDouble =
            id.map { byID[$0] != nil } ?? false || number.map { byNumber[$0] != nil } ?? false
            || email.map { byEmail[$0.key] != nil } ?? false
        guard !isDouble else { return refuse("duplicate_in_file", "stands in the file already") }
        let place = accounts.count
        if let id { byID[id] = place }
        if let number { byNumber[number] = place }
        if let email { byEmail[email.key] = place }
        accounts.append(Account(line: row.line, id: id, number: number, email: email))
    }

    enum Match {
        case none
        case same
        /// One person by id or number, and another address.
        case otherEmail(line: Int)
        /// The same address under another id.
        case otherID(line: Int)
    }

    mutating func match(_ user: OutlinedUser) -> Match {
        if let place = byID[user.id] ?? byNumber[user.number] {
            accounts[place].isHere = true
            guard let email = accounts[place].email, !email.key.utf8.elementsEqual(user.emailKey.utf8) else {
                return .same
            }
            return .otherEmail(line: accounts[place].line)
        }
        guard let place = byEmail[user.emailKey] else { return .none }
        accounts[place].isHere = true
        let account = accounts[place]
        return account.id == nil && account.number == nil ? .same : .otherID(line: account.line)
    }
}

/// A user as the other side of the control socket tells of him.
struct OutlinedUser {
    let id: ID<User>
    let number: Int64
    let username: String
    let email: String
    let emailKey: String
    let isActive: Bool
    let hasPassword: Bool
    let hasSignedIn: Bool
    let hasSubjectKey: Bool

    init?(_ json: JSON) {
        guard let id = json["id"]?.string.flatMap({ ID<User>($0) }), let number = json["number"]?.integer,
            let username = json["username"]?.string, let email = json["email"]?.string,
            let emailKey = json["key"]?.string, let isActive = json["active"]?.bool,
            let hasPassword = json["password"]?.bool, let hasSignedIn = json["signed_in"]?.bool,
            let hasSubjectKey = json["subject_key"]?.bool
        else { return nil }
        self.id = id
        self.number = number
        self.username = username
        self.email = email
        self.emailKey = emailKey
        self.isActive = isActive
        self.hasPassword = hasPassword
        self.hasSignedIn = hasSignedIn
        self.hasSubjectKey = hasSubjectKey
    }
}
