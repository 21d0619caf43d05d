internal import Domain
internal import Standards
internal import Storage

/// Warns whoever does not use an account, and ends it after the time that the realm's rules give.
struct EndInactivity: Sendable {
    let store: any Store
    let recorder: Recorder
    let live: LiveSessions
    let realms: Realms
    let postman: Postman
    let eraseUser: EraseUser

    static let slice = 100

    /// For every realm that has such a rule.
    func callAsFunction() async throws(StoreFault) {
        var names: [RealmName] = [.standard, .system]
        var last: RealmName?
        repeat {
            let after = last
            let page = try await store.read { (reader) throws(StoreFault) in
                try reader.realms(after: after, limit: 500).map(\.name)
            }
            names += page.filter { !names.contains($0) }
            last = page.count == 500 ? page.last : nil
        } while last != nil
        for name in names {
            guard let realm = try await realms.find(name), realm.rules.privacy.inactiveAfterDays != nil else {
                continue
            }
            try await inRealm(realm)
        }
    }

    func inRealm(_ realm: Realm) async throws(StoreFault) {
        let rule = realm.rules.privacy.inactivity
        guard let earliest = rule.earliest else { return }
        var number: Int64 = 0
        while true {
            let after = number
            let (found, now) = try await store.read { (reader) throws(StoreFault) -> ([Found], Timestamp) in
                let users = try reader.inactiveUsers(
                    realm: realm.name, since: reader.now - earliest, exempt: Role.adminName, after: after,
                    limit: Self.slice)
                var found: [Found] = []
                for inactive in users {
                    found.append(
                        Found(
                            inactive: inactive,
                            wrapped: try reader.subjectKey(of: inactive.user.id, realm: realm.name)))
                }
                return (found, reader.now)
            }
            for one in found { try await settle(one, rule, in: realm, now: now) }
            guard found.count == Self.slice, let last = found.last else { return }
            number = last.inactive.user.number
        }
    }

    private struct Found: Sendable {
        let inactive: InactiveUser
        let wrapped: [UInt8]?
    }

    private func settle(
        _ found: Found, _ rule: InactivityRule, in realm: Realm, now: Timestamp
    ) async throws(StoreFault) {
        let inactive = found.inactive
        var warned: InactivityRule.Warned?
        if let days = inactive.warnedDays, let at = inactive.warnedAt {
            warned = InactivityRule.Warned(step: .seconds(days * 86_400), at: at)
        }
        switch rule.verdict(lastUse: inactive.lastUse, warned: warned, now: now) {
        case .nothing: return
        case .warn(let step, let end): try await warn(found, step, end, in: realm)
        case .end: try await end(found, rule, in: realm)
        }
    }

    private func warn(
        _ found: Found, _ step: Duration, _ end: Timestamp, in realm: Realm
    ) async throws(StoreFault) {
        let (user, lastUse) = (found.inactive.user, found.inactive.lastUse)
        let key = recorder.subjectKeys.open(found.wrapped, for: user.id, realm: realm.name)
        let days = step.components.seconds / 86_400
        let letter = postman.draft(
            .inactivityWarning(deletedAt: end, signIn: realm.rules.signInURL ?? "\(realm.issuer)/login"),
            to: Addressee(user, key: key), in: realm)
        let draft = recorder.draft(
            .warnInactiveUser, realm: realm.name, confirmedBy: "inactivity", source: .local,
            details: [("target", .string(user.id.text)), ("days", .integer(days)), ("ends_at", .string(end.iso8601))],
            personal: [recorder.part(key, user: user.person)])
        try await store.transaction { (tx) throws(StoreFault) in
            // Of two servers that warn at once, one writes the letter.
            guard try tx.noteInactivityWarning(of: user.id, since: lastUse, days: days) else { return }
            try letter.append(to: tx)
            try draft.append(to: tx)
        }
    }

    private func end(_ found: Found, _ rule: InactivityRule, in realm: Realm) async throws(StoreFault) {
        let user = found.inactive.user
        let name = realm.name
        let then = realm.rules.privacy.inactiveThen
        let key = recorder.subjectKeys.open(found.wrapped, for: user.id, realm: name)
        let draft =
            switch then {
            case .erase: eraseUser.ownDraft(user.id, in: realm, because: "inactivity")
            case .disable:
                recorder.draft(
                    .disableUser, realm: name, confirmedBy: "inactivity", source: .local,
                    details: [("target", .string(user.id.text))], personal: [recorder.part(key, user: user.person)])
            }
        // Whoever alone administers the realm stays, by whatever way they do.
        let isEnded = try await store.changingAccess(in: name) { (tx) throws(StoreFault) -> Bool in
            // A sign-in since then is a reason to stay; it changes the same row, so that one of the two waits.
            guard try tx.isStillUnused(user.id, realm: name, since: found.inactive.lastUse) else { return false }
            switch then {
            case .erase: return try eraseUser.erase(user.id, in: name, draft, tx)
            case .disable:
                guard try tx.setActive(false, user: user.id, realm: name) else { return false }
                _ = try tx.endSessions(of: user.id, except: nil, reason: .userDisabled)
                try draft.append(to: tx)
                try tx.announce(.user(user.id, name))
                return true
            }
        }
        guard isEnded == true else { return }
        live.invalidate(.user(user.id, name))
        if then == .erase { _ = try? await store.forgetDeleted() }
    }
}
