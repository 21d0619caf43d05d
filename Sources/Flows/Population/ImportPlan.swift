internal import Domain
internal import Standards
internal import Storage

/// What is to become of a slice of rows, decided on what one snapshot, or one transaction, knows.
struct ImportPlan {
    private(set) var tally = ImportTally()
    private let steps: [(place: Int, verdict: ImportVerdict)]
    private let users: [ImportedUser]

    init(
        _ users: [ImportedUser], onConflict: ImportUsers.Conflict, _ realm: RealmName, _ reader: any StoreReader
    ) throws(StoreFault) {
        self.users = users
        var known = KnownPeople(try reader.knownUsers(users.map(\.keys), realm: realm), realm: realm)
        var steps: [(place: Int, verdict: ImportVerdict)] = []
        for (place, user) in users.enumerated() {
            let verdict = ImportVerdict.of(user, known: known, onConflict: onConflict)
            switch verdict {
            case .create(let username):
                known.given.insert(username.key)
                tally.created += 1
                steps.append((place, verdict))
            case .update(_, let username):
                known.given.insert(username.key)
                tally.updated += 1
                steps.append((place, verdict))
            case .unchanged: tally.unchanged += 1
            case .skip: tally.skip(.exists(user))
            case .refuse(let field, let code): tally.refuse(.taken(user, field, code))
            }
        }
        self.steps = steps
    }

    /// What would become of it; two rows that want the same attribute are not told from one another.
    func rehearse(_ profiles: ImportedProfiles, _ reader: any StoreReader) throws(StoreFault) -> ImportTally {
        var tally = tally
        for (place, verdict) in steps {
            if case .update(let known, _) = verdict, try Self.isUnproven(known, users[place], reader) {
                tally.updated -= 1
                tally.refuse(.unproven(users[place]))
            }
            guard case .create = verdict else { continue }
            let problems = try profiles.taken(users[place], reader)
            guard !problems.isEmpty else { continue }
            tally.created -= 1
            tally.refuse(problems.map { ImportProblem($0, line: users[place].line) })
        }
        return tally
    }

    /// Whether the row means somebody by an address alone that nobody proved here. Whoever signed up with it may be
    /// another one, and has the account's password: what the row gives, roles and all, would be his.
    private static func isUnproven(
        _ known: KnownUser, _ user: ImportedUser, _ reader: any StoreReader
    ) throws(StoreFault) -> Bool {
        guard user.id == nil, known.importDigest == nil,
            let present = try reader.user(known.id, realm: known.realm), present.emailVerifiedAt == nil
        else { return false }
        return try reader.hasPassword(known.id)
    }

    /// Writes it; returns what became of it, and whose memory elsewhere is out of date.
    func carryOut(
        _ wishes: [ImportWish], _ draft: EventDraft, _ realm: RealmName, _ tx: any StoreTransaction
    ) throws(StoreFault) -> (ImportTally, changed: [ID<User>]) {
        var tally = tally
        var new: [BulkUser] = []
        var changed: [ID<User>] = []
        var left: Set<Int> = []
        for (place, verdict) in steps {
            switch verdict {
            case .create(let username):
                let problems = try wishes[place].profile?.problems(tx) ?? []
                if problems.isEmpty {
                    new.append(wishes[place].newUser(username))
                } else {
                    tally.created -= 1
                    tally.refuse(problems.map { ImportProblem($0, line: users[place].line) })
                    left.insert(place)
                }
            case .update(let known, let username):
                guard let before = try tx.user(known.id, realm: realm) else { continue }
                if try Self.isUnproven(known, users[place], tx) {
                    tally.updated -= 1
                    tally.refuse(.unproven(users[place]))
                    continue
                }
                let wanted = wishes[place].changed(before, username)
                guard try tx.update(wanted, realm: realm) else { continue }
                changed.append(before.id)
                if let after = try tx.user(before.id, realm: realm), before.isUsable(at: tx.now),
                    !after.isUsable(at: tx.now)
                {
                    _ = try tx.endSessions(of: before.id, except: nil, reason: .userDisabled)
                }
            case .unchanged, .skip, .refuse: continue
            }
        }
        let inserted = try tx.insert(new, realm: realm)
        for (place, verdict) in steps {
            guard case .create = verdict, !left.contains(place) else { continue }
            if inserted.contains(wishes[place].id) {
                try wishes[place].profile?.append(to: tx)
                continue
            }
            tally.created -= 1
            tally.refuse(.taken(users[place], .email, "taken"))
        }
        if tally.created + tally.updated > 0 {
            try draft.append(
                to: tx,
                adding: [
                    ("created", .integer(Int64(tally.created))), ("updated", .integer(Int64(tally.updated))),
                ])
        }
        try tx.announce(changed.map { .user($0, realm) })
        return (tally, changed)
    }
}

/// A row with all that is made for it outside the transaction.
struct ImportWish: Sendable {
    let user: ImportedUser
    let id: ID<User>
    let access: ImportAccess
    let profile: ProfileDraft?
    let subjectKey: WrappedKey
    let now: Timestamp

    private var verifiedAt: Timestamp? {
        user.isEmailVerified == true ? user.emailVerifiedAt ?? user.createdAt ?? now : nil
    }

    func newUser(_ username: Username) -> BulkUser {
        BulkUser(
            id: id, username: username, email: user.email, isActive: user.isActive ?? true, emailVerifiedAt: verifiedAt,
            bannedUntil: user.bannedUntil, deactivatedAt: user.deactivatedAt, lastSignInAt: user.lastSignInAt,
            createdAt: user.createdAt, language: user.language, appMetadata: user.appMetadata ?? "{}",
            userMetadata: user.userMetadata ?? "{}", password: user.password,
            roles: access.roles(of: user, isNew: true),
            permissions: access.permissions(of: user), subjectKey: subjectKey, importDigest: user.digest)
    }

    /// What the row does not speak of stays.
    func changed(_ before: User, _ username: Username) -> BulkUser {
        let isSameAddress = before.email.key == user.email.key
        let verified = user.isEmailVerified == nil && isSameAddress ? before.emailVerifiedAt : verifiedAt
        return BulkUser(
            id: before.id, username: username, email: user.email, isActive: user.isActive ?? before.isActive,
            emailVerifiedAt: verified, bannedUntil: user.bannedUntil ?? before.bannedUntil,
            deactivatedAt: user.deactivatedAt ?? before.deactivatedAt,
            lastSignInAt: user.lastSignInAt.map { max($0, before.lastSignInAt ?? $0) },
            createdAt: user.createdAt, language: user.language ?? before.language,
            appMetadata: user.appMetadata ?? before.appMetadata, userMetadata: user.userMetadata ?? before.userMetadata,
            password: user.password, roles: access.roles(of: user, isNew: false),
            permissions: access.permissions(of: user), subjectKey: subjectKey, importDigest: user.digest)
    }
}

extension ImportProblem {
    fileprivate static func exists(_ user: ImportedUser) -> ImportProblem {
        ImportProblem(
            line: user.line, field: "", code: "exists", message: "is here already, and not as the row says; left alone")
    }

    fileprivate static func unproven(_ user: ImportedUser) -> ImportProblem {
        ImportProblem(
            line: user.line, field: ImportField.email.rawValue, code: "unproven",
            message: "is the address of somebody here who never proved it; name the account by its id")
    }

    fileprivate static func taken(_ user: ImportedUser, _ field: ImportField, _ code: String) -> ImportProblem {
        let message = field == .id ? "belongs to a user of another realm" : "belongs to somebody else"
        return ImportProblem(line: user.line, field: field.rawValue, code: code, message: message)
    }
}
