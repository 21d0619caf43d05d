internal import Domain
public import Standards
public import Storage

/// Changes what a patch names of somebody's profile, with the roles that follow from it, in one transaction.
public struct ChangeProfile: Sendable {
    let store: any Store
    let recorder: Recorder
    let live: LiveSessions
    let throttles: Throttles
    let capabilities: Capabilities

    public enum Outcome: Sendable { case done(Profile, changed: Bool), refused(Refusal) }
    public enum Refusal: Sendable {
        case noSuchUser
        case invalid([FieldProblem])
        /// Somebody else has the value; whose it is is not told.
        case taken([FieldProblem])
        /// The values would give or take a role that is not the editor's to give.
        case aboveOwnRank([FieldProblem])
        /// Nobody would be left who administers the realm.
        case lastAdministrator
        /// It is another version than the editor looked at.
        case changedMeanwhile
        /// The owner changes it too often.
        case throttled(retryAfter: Duration)
    }

    /// How often it is tried again because somebody else was faster.
    private static let patience = 4

    private enum Written: Sendable {
        case done(changed: Bool)
        case taken([String])
        case above(role: String)
        case aboveRank
        case lastAdministrator
        case overtaken
    }

    /// - Parameters:
    ///   - patch: an object; `null` removes what is there.
    ///   - reference: an id, an e-mail address or a username.
    ///   - version: of the profile that the editor looked at, where it matters to him that nothing has changed since.
    public func callAsFunction(
        _ patch: JSON, of reference: String, in realm: Realm, ifVersion version: Int64? = nil,
        by editor: ProfileEditor
    ) async throws(StoreFault) -> Outcome {
        guard let sheet = ProfileSheet(realm, capabilities) else {
            throw .unexpected("realm \(realm.name) was not opened")
        }
        if editor.party == .owner, let owner = editor.actor.person?.id.text {
            switch try await throttles.take(
                .changeProfile, identifier: owner, in: realm, from: editor.actor.source)
            {
            case .go: break
            case .wait(let delay): return .refused(.throttled(retryAfter: delay))
            }
        }
        for _ in 0..<Self.patience {
            let found = try await store.read { (reader) throws(StoreFault) -> (ProfileFacts, [UInt8]?)? in
                guard let user = try UserReference(text: reference).find(in: realm.name, reader) else { return nil }
                return (
                    try ProfileFacts(of: user, sheet, reader), try editor.actor.subjectKey(besides: user.id, reader)
                )
            }
            // Without a key nothing can be kept: the person was erased.
            guard let (facts, ownKey) = found,
                let key = recorder.subjectKeys.open(facts.wrappedKey, for: facts.user.id, realm: realm.name)
            else { return .refused(.noSuchUser) }
            if let version, version != facts.stored?.version ?? 0 { return .refused(.changedMeanwhile) }
            let before = facts.stored.map { sheet.open($0.sealed, of: facts.user.id, under: key) } ?? [:]
            let edit: ProfileEdit
            switch ProfileEdit.read(patch, over: before, sheet.rules, by: editor.party, on: .change) {
            case .success(let read): edit = read
            case .failure(let problems): return .refused(.invalid(problems.list))
            }
            if edit.changed.isEmpty {
                return .done(sheet.profile(of: facts.user, facts.stored, key, for: editor.party), changed: false)
            }
            switch try await write(edit, facts, sheet, key, ownKey, by: editor) {
            case .overtaken:
                if version != nil { return .refused(.changedMeanwhile) }
            case .taken(let names): return .refused(.taken(names.map(FieldProblem.taken)))
            case .above(let role): return .refused(.aboveOwnRank(edit.problems(above: role, sheet.rules)))
            case .aboveRank: return .refused(.aboveOwnRank([]))
            case .lastAdministrator: return .refused(.lastAdministrator)
            case .done:
                live.invalidate(.user(facts.user.id, realm.name))
                let stored = try await store.read { (reader) throws(StoreFault) in
                    try reader.profile(of: facts.user.id, realm: realm.name)
                }
                return .done(sheet.profile(of: facts.user, stored, key, for: editor.party), changed: true)
            }
        }
        throw .busy("a profile is changed by many at once")
    }

    private func write(
        _ edit: ProfileEdit, _ facts: ProfileFacts, _ sheet: ProfileSheet, _ key: SubjectKey, _ ownKey: [UInt8]?,
        by editor: ProfileEditor
    ) async throws(StoreFault) -> Written {
        let user = facts.user
        let parts = editor.actor.parts(user.person, facts.wrappedKey, ownKey, recorder)
        let told = Recorder.PersonalPart(
            key: key, details: [("attributes", sheet.told(edit.changed, of: edit.after))])
        func draft(_ deed: Deed, _ details: [(String, JSON)], _ further: [Recorder.PersonalPart] = []) -> EventDraft {
            recorder.draft(
                deed, realm: sheet.realm, actor: editor.actor.person?.id, confirmedBy: editor.actor.confirmedBy,
                source: editor.actor.source, details: details, personal: parts + further)
        }
        let event = draft(
            .changeProfile,
            [("target", .string(user.id.text)), ("attributes", .array(edit.changed.map { .string($0) }))]
                + editor.actor.credential, [told])
        let roles = RolesByRule(edit, of: user.id, sheet, editor.roles, byRule: facts.rolesByRule) { draft($0, $1) }
        let isActing = editor.actor.source.impersonation != nil
        let fitting = sheet.judge(edit.after).fitting
        let unique = sheet.uniqueValues(fitting)
        let version = facts.stored?.version ?? 0
        let row = StoredProfile(
            user: user.id, realm: sheet.realm, version: version + 1,
            sealed: sheet.seal(edit.after, of: user.id, under: key), rules: facts.rules,
            state: sheet.state(of: edit.after))
        do {
            return try await store.transaction { (tx) throws(StoreFault) -> Written in
                if roles.mayTake { try tx.lockAccess(realm: sheet.realm) }
                guard try editor.actor.reaches(user.id, in: sheet.realm, tx) else { return .aboveRank }
                // Who acts as somebody else changes nothing of what anybody may do.
                if isActing, let role = roles.firstMoved { return .above(role: role) }
                if let role = try roles.forbidden(tx) { return .above(role: role) }
                let taken = try unique.taken(besides: user.id, realm: sheet.realm, tx)
                guard taken.isEmpty else { return .taken(taken) }
                guard try tx.rolesByRule(of: user.id, realm: sheet.realm) == facts.rolesByRule,
                    try tx.write(row, ifVersion: version)
                else { return .overtaken }
                // Thrown, because the row is written already: on PostgreSQL somebody else was faster just now.
                guard try tx.setUniqueValues(of: user.id, realm: sheet.realm, to: unique).isEmpty else {
                    throw .busy(Self.lostRace)
                }
                _ = try roles.carryOut(tx)
                try event.append(to: tx)
                try tx.announce(.user(user.id, sheet.realm))
                return .done(changed: true)
            }
        } catch {
            if error == .busy(Self.lostRace) { return .overtaken }
            if error == .nobodyAdministers { return .lastAdministrator }
            throw error
        }
    }

    static let lostRace = "a unique attribute was taken just now"
}

extension [UniqueValue] {
    /// The attributes whose value somebody else has.
    func taken(
        besides user: ID<User>?, realm: RealmName, _ reader: any StoreReader
    ) throws(StoreFault) -> [String] {
        var taken: [String] = []
        for value in self {
            if let holder = try reader.holder(of: value, realm: realm), holder != user { taken.append(value.attribute) }
        }
        return taken
    }
}

extension ProfileEdit {
    /// The changed attributes that make the role come or go.
    func problems(above role: String, _ rules: ProfileRules) -> [FieldProblem] {
        let makers = rules.assignments.filter { $0.role == role && changed.contains($0.attribute) }
        return Set(makers.map(\.attribute)).sorted().map { .aboveOwnRank($0) }
    }
}

extension FieldProblem {
    static func taken(_ attribute: String) -> FieldProblem {
        FieldProblem(field: "attributes.\(attribute)", code: "taken", message: "belongs to somebody else")
    }

    static func aboveOwnRank(_ attribute: String) -> FieldProblem {
        FieldProblem(
            field: "attributes.\(attribute)", code: "above_own_rank",
            message: "would give or take a role that you may not give")
    }
}
