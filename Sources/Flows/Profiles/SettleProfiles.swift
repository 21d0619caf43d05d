internal import Domain
internal import Standards
public import Storage

/// Goes over a realm's profiles after its rules changed, a slice at a time: unique values are noted, roles follow, what
/// is no attribute any more is dropped, and what does not fit is marked.
///
/// Every row says which rules it was gone over under. So the work can be broken off at any place, done by several nodes
/// at once, and its progress is a count.
public struct SettleProfiles: Sendable {
    let store: any Store
    let recorder: Recorder
    let live: LiveSessions
    let capabilities: Capabilities

    /// A transaction holds SQLite's only writer.
    private static let slice = 16

    /// What a profile becomes.
    private struct Step: Sendable {
        let before: StoredProfile
        let after: StoredProfile
        let unique: [UniqueValue]
        let roles: RolesByRule
        let rolesByRule: [String]
    }

    public func counts(_ realm: Realm) async throws(StoreFault) -> ProfileCounts {
        guard let sheet = ProfileSheet(realm, capabilities) else { return ProfileCounts() }
        return try await store.read { (reader) throws(StoreFault) in
            try reader.profileCounts(realm: realm.name, rules: try sheet.fingerprint(reader))
        }
    }

    /// Goes over at most `most` profiles and returns how many it did; 0 when none is left.
    public func callAsFunction(_ realm: Realm, atMost most: Int) async throws(StoreFault) -> Int {
        guard let sheet = ProfileSheet(realm, capabilities) else { return 0 }
        var done = 0
        while done < most {
            let count = min(Self.slice, most - done)
            let found = try await store.read { (reader) throws(StoreFault) -> [(StoredProfile, ProfileFacts)] in
                let rules = try sheet.fingerprint(reader)
                var found: [(StoredProfile, ProfileFacts)] = []
                for stored in try reader.profiles(realm: realm.name, notUnder: rules, limit: count) {
                    guard let user = try reader.user(stored.user, realm: realm.name) else { continue }
                    found.append((stored, try ProfileFacts(of: user, sheet, reader)))
                }
                return found
            }
            if found.isEmpty { break }
            let steps = found.map { step($0.0, $0.1, sheet) }
            let touched = try await store.transaction { (tx) throws(StoreFault) -> [ID<User>] in
                if steps.contains(where: \.roles.mayTake) { try tx.lockAccess(realm: realm.name) }
                var touched: [ID<User>] = []
                for step in steps where try Self.carryOut(step, sheet, tx) { touched.append(step.before.user) }
                for user in touched { try tx.announce(.user(user, realm.name)) }
                return touched
            }
            for user in touched { live.invalidate(.user(user, realm.name)) }
            done += found.count
        }
        return done
    }

    private func step(_ stored: StoredProfile, _ facts: ProfileFacts, _ sheet: ProfileSheet) -> Step {
        let key = recorder.subjectKeys.open(facts.wrappedKey, for: stored.user, realm: sheet.realm)
        let values = sheet.open(stored.sealed, of: stored.user, under: key)
        let kept = values.filter { sheet.rules.attribute($0.key).map { !$0.type.isOfAccount } ?? false }
        let sealed = key.map {
            kept.count == values.count ? stored.sealed : sheet.seal(kept, of: stored.user, under: $0)
        }
        let part = recorder.part(key, user: facts.user.person)
        let roles = RolesByRule(
            ProfileEdit(before: kept, after: kept), of: stored.user, sheet, .rules, byRule: facts.rolesByRule
        ) { deed, details in
            recorder.draft(
                deed, realm: sheet.realm, confirmedBy: "profile_rules", source: .local, details: details,
                personal: [part])
        }
        return Step(
            before: stored,
            after: StoredProfile(
                user: stored.user, realm: sheet.realm, version: stored.version + 1, sealed: sealed ?? stored.sealed,
                rules: facts.rules, state: sheet.state(of: kept)),
            unique: sheet.uniqueValues(sheet.judge(kept).fitting), roles: roles, rolesByRule: facts.rolesByRule)
    }

    /// Whether somebody's roles changed. Who was overtaken is left for the next slice.
    private static func carryOut(
        _ step: Step, _ sheet: ProfileSheet, _ tx: any StoreTransaction
    ) throws(StoreFault) -> Bool {
        guard try tx.profile(of: step.before.user, realm: sheet.realm)?.version == step.before.version,
            try tx.rolesByRule(of: step.before.user, realm: sheet.realm) == step.rolesByRule
        else { return false }
        let lost = try tx.setUniqueValues(of: step.before.user, realm: sheet.realm, to: step.unique)
        let after = step.after
        let row = StoredProfile(
            user: after.user, realm: after.realm, version: after.version, sealed: after.sealed, rules: after.rules,
            state: lost.isEmpty ? after.state : .needsAttention)
        guard try tx.write(row, ifVersion: step.before.version) else {
            throw .busy("a profile was changed just now")
        }
        return try step.roles.carryOut(tx)
    }
}
