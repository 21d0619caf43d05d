internal import Crypto
public import Domain
internal import Standards
public import Storage

/// Takes users of another system in, some at a time. A row that was taken before is told by its digest, so that running an
/// import again changes nothing, and running one that was cut off goes on where it ended.
public struct ImportUsers: Sendable {
    let store: any Store
    let recorder: Recorder
    let live: LiveSessions
    let capabilities: Capabilities

    /// What becomes of somebody who is here already and not as the row says.
    public enum Conflict: String, CaseIterable, Sendable {
        case skip
        case update
    }

    public struct Options: Sendable {
        public let onConflict: Conflict
        /// Everything but the writing.
        public let isDryRun: Bool
        public let createsRoles: Bool
        /// How many users one transaction may write: it holds SQLite's only writer meanwhile.
        public let perTransaction: Int

        public init(onConflict: Conflict, isDryRun: Bool, createsRoles: Bool, perTransaction: Int) {
            self.onConflict = onConflict
            self.isDryRun = isDryRun
            self.createsRoles = createsRoles
            self.perTransaction = max(1, perTransaction)
        }
    }

    public func callAsFunction(
        _ users: [ImportedUser], _ options: Options, run: ID<Event>, in realm: Realm
    ) async throws(StoreFault) -> ImportTally {
        var tally = ImportTally()
        let access = try await ImportAccess.find(for: users, options, in: realm.name, self)
        let profiles = ImportedProfiles(realm, recorder, capabilities)
        var rest = users.filter { user in
            let problems = profiles.problems(of: user) + (access.problem(of: user).map { [$0] } ?? [])
            if !problems.isEmpty { tally.refuse(problems) }
            return problems.isEmpty
        }[...]
        while !rest.isEmpty {
            let slice = Array(rest.prefix(options.perTransaction))
            rest = rest.dropFirst(slice.count)
            do throws(StoreFault) {
                tally.add(try await take(slice, access, profiles, options, run, realm.name))
            } catch {
                guard error.isLostRace, slice.count > 1 else { throw error }
                // Alone, each row finds out whether it is the one.
                for user in slice { tally.add(try await takeAlone(user, access, profiles, options, run, realm.name)) }
            }
        }
        return tally
    }

    /// That an import begins, or how it ended.
    public func note(
        _ stage: String, run: ID<Event>, _ counts: [(name: String, count: Int)], in realm: Realm
    ) async throws(StoreFault) {
        let draft = draft(stage, run, realm.name)
        let details = counts.map { ($0.name, JSON.integer(Int64($0.count))) }
        try await store.transaction(in: .realm(realm)) { (tx) throws(StoreFault) in
            try draft.append(to: tx, adding: details)
        }
    }

    private func takeAlone(
        _ user: ImportedUser, _ access: ImportAccess, _ profiles: ImportedProfiles, _ options: Options,
        _ run: ID<Event>, _ realm: RealmName
    ) async throws(StoreFault) -> ImportTally {
        do throws(StoreFault) { return try await take([user], access, profiles, options, run, realm) } catch {
            guard error.isLostRace else { throw error }
            var tally = ImportTally()
            tally.refuse(.taken(user))
            return tally
        }
    }

    private func take(
        _ users: [ImportedUser], _ access: ImportAccess, _ profiles: ImportedProfiles, _ options: Options,
        _ run: ID<Event>, _ realm: RealmName
    ) async throws(StoreFault) -> ImportTally {
        if options.isDryRun {
            // Not in the realm alone: an id is one person's in all of them.
            return try await store.read { (reader) throws(StoreFault) in
                let plan = try ImportPlan(users, onConflict: options.onConflict, realm, reader)
                return try plan.rehearse(profiles, reader)
            }
        }
        let now = capabilities.now()
        let wishes = users.map { user in
            let id = user.id ?? capabilities.id(User.self)
            let (key, wrapped) = recorder.subjectKeys.make(for: id, realm: realm)
            return ImportWish(
                user: user, id: id, access: access, profile: profiles.draft(of: user, id: id, key: key),
                subjectKey: wrapped, now: now)
        }
        let draft = draft("slice", run, realm)
        let (tally, changed) = try await store.transaction {
            (tx) throws(StoreFault) -> (ImportTally, [ID<User>]) in
            let plan = try ImportPlan(users, onConflict: options.onConflict, realm, tx)
            return try plan.carryOut(wishes, draft, realm, tx)
        }
        for id in changed { live.invalidate(.user(id, realm)) }
        return tally
    }

    private func draft(_ stage: String, _ run: ID<Event>, _ realm: RealmName) -> EventDraft {
        recorder.draft(
            .importUsers, realm: realm, confirmedBy: "cli", source: .local,
            details: [("import", .string(run.text)), ("stage", .string(stage))])
    }
}

extension StoreFault {
    /// Whether somebody took a name, or a value that only one may have, at the same moment.
    fileprivate var isLostRace: Bool {
        switch self {
        case .constraint, .busy(ChangeProfile.lostRace): true
        default: false
        }
    }
}

extension ImportProblem {
    fileprivate static func taken(_ user: ImportedUser) -> ImportProblem {
        ImportProblem(
            line: user.line, field: "", code: "taken", message: "somebody took the name or the address meanwhile")
    }
}
