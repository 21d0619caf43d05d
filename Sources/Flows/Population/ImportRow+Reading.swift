internal import Crypto
internal import Domain
internal import Standards
internal import Storage

extension ImportRow {
    public enum Reading: Sendable {
        case user(ImportedUser)
        case refused([ImportProblem])
    }

    /// Every problem of every field at once.
    public func read() -> Reading {
        var reader = FieldReader(self)
        let id: ID<User>? = reader.text(.id, "invalid_id", "is not a UUID") { ID($0) }
        let username = reader.text(.username).flatMap { text -> Username? in
            switch Username.parse(text) {
            case .success(let username): return username
            case .failure(let problem):
                reader.problems.append(problem.field(ImportField.username.rawValue))
                return nil
            }
        }
        var email: EmailAddress?
        switch EmailAddress.parse(reader.text(.email) ?? "") {
        case .success(let address): email = address
        case .failure(let problem): reader.problems.append(problem.field(ImportField.email.rawValue))
        }
        let verifiedAt = reader.time(.emailVerifiedAt)
        let verified = reader.flag(.emailVerified) ?? (verifiedAt == nil ? nil : true)
        let (isActive, bannedUntil) = (reader.flag(.active), reader.time(.bannedUntil))
        let (deactivatedAt, lastSignInAt) = (reader.time(.deactivatedAt), reader.time(.lastSignInAt))
        let createdAt = reader.time(.createdAt)
        let language = reader.text(.language, "unknown_language", "is no language that letters are written in") {
            Language(chosen: $0)
        }
        let (appMetadata, userMetadata) = (reader.object(.appMetadata), reader.object(.userMetadata))
        let roles = reader.list(.roles, "invalid_name", "must be names of roles") {
            AccessName.isValid($0) ? $0 : nil
        }
        let permissions = reader.list(.permissions, "invalid_name", "must be permissions such as messages:read") {
            Permission.Pair($0)
        }
        let password = reader.password()
        reader.refuseUnknown()
        guard reader.problems.isEmpty, let email else {
            return .refused(reader.problems.map { ImportProblem($0, line: line) })
        }
        let candidates = username.map { [$0] } ?? Self.names(for: email)
        return .user(
            ImportedUser(
                line: line, id: id, username: username, candidates: candidates, email: email, isActive: isActive,
                isEmailVerified: verified, emailVerifiedAt: verified == false ? nil : verifiedAt,
                bannedUntil: bannedUntil, deactivatedAt: deactivatedAt, lastSignInAt: lastSignInAt,
                createdAt: createdAt, language: language, appMetadata: appMetadata, userMetadata: userMetadata,
                password: password, roles: roles, permissions: permissions ?? [], digest: digest, row: self))
    }

    /// The part before the `@`, and the same with a few letters of the address's digest, which two addresses hardly share.
    private static func names(for email: EmailAddress) -> [Username] {
        let local = String(decoding: email.text.utf8.prefix { $0 != UInt8(ascii: "@") }, as: UTF8.self)
        let digest = Digest.sha256(Array(email.key.utf8)).prefix(5)
        let suffix = digest.map { byte in
            let digits = Array("0123456789abcdef".utf8)
            return String(decoding: [digits[Int(byte >> 4)], digits[Int(byte & 15)]], as: UTF8.self)
        }.joined()
        let short = String(String.UnicodeScalarView(local.unicodeScalars.prefix(Username.longest - 11)))
        return [local, "\(short)-\(suffix)"].compactMap { try? Username.parse($0).get() }
    }

    private var digest: [UInt8] {
        let members = fields.sorted { $0.name < $1.name }.map { JSON.Member($0.name, $0.value) }
        return Digest.sha256(JSON.object(members).bytes)
    }

    public init(line: Int, texts: [(name: String, value: String)]) {
        self.line = line
        fields = texts.map { Field(name: $0.name, value: .string($0.value)) }
    }
}

/// Takes a row's fields one by one. What is empty or null says nothing.
private struct FieldReader {
    private let row: ImportRow
    var problems: [FieldProblem] = []

    init(_ row: ImportRow) { self.row = row }

    private func value(_ field: ImportField) -> JSON? {
        guard let value = row.fields.first(where: { $0.name.utf8.elementsEqual(field.rawValue.utf8) })?.value else {
            return nil
        }
        switch value {
        case .null: return nil
        case .string(let text) where text.isEmpty: return nil
        default: return value
        }
    }

    private mutating func refuse(_ field: ImportField, _ code: String, _ message: String) {
        problems.append(FieldProblem(field: field.rawValue, code: code, message: message))
    }

    mutating func refuseUnknown() {
        for field in row.fields where ImportField(rawValue: field.name) == nil && !ImportRow.isAttribute(field.name) {
            // The name is not repeated: with a mistaken header it could be somebody's address.
            problems.append(FieldProblem(field: "", code: "unknown_field", message: "has a field that is not known"))
        }
    }

    mutating func text(_ field: ImportField) -> String? {
        guard let value = value(field) else { return nil }
        guard let text = value.string else {
            refuse(field, "wrong_type", "must be a text")
            return nil
        }
        return text
    }

    mutating func text<Value>(
        _ field: ImportField, _ code: String, _ message: String, _ read: (String) -> Value?
    ) -> Value? {
        guard let text = text(field) else { return nil }
        if let value = read(text) { return value }
        refuse(field, code, message)
        return nil
    }

    mutating func flag(_ field: ImportField) -> Bool? {
        guard let value = value(field) else { return nil }
        if let flag = value.bool { return flag }
        switch value.string.map({ $0.lowercased() }) ?? value.integer.map({ "\($0)" }) {
        case "true", "t", "yes", "y", "on", "1": return true
        case "false", "f", "no", "n", "off", "0": return false
        default:
            refuse(field, "invalid_flag", "must be true or false")
            return nil
        }
    }

    /// A text, or seconds since 1970.
    mutating func time(_ field: ImportField) -> Timestamp? {
        guard let value = value(field) else { return nil }
        let time = value.string.flatMap { Timestamp(foreign: $0) } ?? value.integer.flatMap { Timestamp(seconds: $0) }
        if time == nil { refuse(field, "invalid_time", "is not a time such as 2026-11-21T07:05:09Z") }
        return time
    }

    /// A JSON object, or a text that holds one.
    mutating func object(_ field: ImportField) -> String? {
        guard var value = value(field) else { return nil }
        if let text = value.string, let read = try? JSON.parse(text) { value = read }
        if case .null = value { return nil }
        guard value.members != nil else {
            refuse(field, "not_an_object", "must be a JSON object")
            return nil
        }
        return value.text
    }

    /// An array, or a text with commas, semicolons or blanks between.
    mutating func list<Value>(
        _ field: ImportField, _ code: String, _ message: String, _ read: (String) -> Value?
    ) -> [Value]? {
        guard let value = value(field) else { return nil }
        let texts =
            value.array?.map { $0.string ?? "" }
            ?? value.string?.utf8.split { ",; \t\n".utf8.contains($0) }.map { String(decoding: $0, as: UTF8.self) }
        guard let texts else {
            refuse(field, "wrong_type", "must be a list")
            return nil
        }
        let values = texts.compactMap(read)
        if values.count != texts.count { refuse(field, code, message) }
        return values
    }

    /// Django writes `!…` for whoever cannot sign in with a password, and so do others `*`.
    mutating func password() -> StoredPassword? {
        guard let text = text(.passwordHash), text.utf8.first != UInt8(ascii: "!"), !text.utf8.elementsEqual("*".utf8)
        else { return nil }
        switch StoredHash.read(text) {
        case .success(let hash): return StoredPassword(hash: hash.canonical, format: hash.format)
        case .failure(let problem):
            refuse(.passwordHash, problem.rawValue, problem.sentence)
            return nil
        }
    }
}

extension StoredHash.Problem {
    fileprivate var sentence: String {
        switch self {
        case .unknownFormat: "is no password hash of a known format"
        case .unsupportedFormat: "is of a format that is too weak or broken to be taken"
        case .malformed: "begins like a known format and breaks its rules"
        case .tooCostly: "would take too much memory or time to compare with"
        }
    }
}
