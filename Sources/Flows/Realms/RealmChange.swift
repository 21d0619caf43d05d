internal import Concurrency
internal import Domain
internal import HTTP
internal import Standards
internal import Storage

/// What the flows that make and change realms have in common.
final class RealmChange: Sendable {
    let store: any Store
    let recorder: Recorder
    let live: LiveSessions
    let realms: Realms
    let capabilities: Capabilities
    let profiles: RealmProfiles
    let dataKeys: DataKeys

    init(
        store: any Store, recorder: Recorder, live: LiveSessions, realms: Realms, capabilities: Capabilities,
        profiles: RealmProfiles, dataKeys: DataKeys
    ) {
        self.store = store
        self.recorder = recorder
        self.live = live
        self.realms = realms
        self.capabilities = capabilities
        self.profiles = profiles
        self.dataKeys = dataKeys
    }

    /// How often a change is made again because somebody else was faster.
    static let patience = 3

    var base: RealmBase { realms.base }

    enum Written: Sendable {
        case done(StoredRealm)
        case refused(RealmRefusal)
        /// The same request was carried out before, with this answer.
        case before([UInt8])
    }

    func state(_ name: RealmName, _ stored: StoredRealm?) -> RealmState { RealmState(name, stored, base) }

    /// Writes a realm's document, its hosts, the event and the feed's entry in one transaction.
    ///
    /// - Parameter before: what was read; `nil` makes the row, and what a new realm begins with.
    func write(
        _ document: RealmDocument, of name: RealmName, over before: StoredRealm?, by actor: Actor,
        once: OnceOnly? = nil
    ) async throws(StoreFault) -> Written {
        let problems = base.problems(of: name, document)
        guard problems.isEmpty else { return .refused(.invalid(problems)) }
        let hosts = base.hosts(of: name, document)
        let old = before.map(RealmDocument.init) ?? RealmDocument()
        let isNew = before == nil && !name.alwaysExists
        let events = try await events(
            isNew ? .createRealm : .changeRealm, name, old.differences(to: document), by: actor)
        let role = name == .system ? nil : StandardRole(in: name, recorder, capabilities)
        let assignments = (
            before: old.rules(over: base.rules(of: name)).profile.assignments,
            after: document.rules(over: base.rules(of: name)).profile.assignments
        )
        let written = try await store.transaction { (tx) throws(StoreFault) -> Written in
            switch try once?.take(Array(name.text.utf8), tx) {
            case nil, .new: break
            case .known(let answer): return .before(answer)
            case .reused: return .refused(.keyReused)
            }
            if let taken = try Self.problem(with: hosts, of: name, tx) {
                try once?.forget(tx)
                return .refused(.invalid([taken]))
            }
            let moved = Set(assignments.before).symmetricDifference(assignments.after)
            if let above = try Self.problem(withAssigning: moved, in: name, by: actor, tx) {
                try once?.forget(tx)
                return .refused(.invalid([above]))
            }
            let row = StoredRealm(
                name: name, settings: document.settings, isEnabled: document.isEnabled,
                version: (before?.version ?? 0) + 1, createdAt: before?.createdAt ?? tx.now, updatedAt: tx.now)
            if let before {
                guard try tx.update(row, ifVersion: before.version) else { return .refused(.changedMeanwhile([])) }
            } else {
                guard try tx.insert(row) else {
                    try once?.forget(tx)
                    return .refused(isNew ? .exists : .changedMeanwhile([]))
                }
                try role?.insert(into: tx)
            }
            // Thrown, because the row is written already: on PostgreSQL another realm may have been faster just now.
            if try tx.setHosts(of: name, to: hosts) != nil { throw .busy("a host is changing hands") }
            for event in events { try event.append(to: tx) }
            // Who acts in it does not come back with it.
            if !document.isEnabled { _ = try tx.endImpersonations(realm: name, as: .realmDisabled) }
            try tx.announce(.realm(name))
            return .done(row)
        }
        if case .done = written { await settle(name, isNew: isNew) }
        return written
    }

    /// What this node remembers of the realm, after the commit and before the answer. Where the database fails now the
    /// change is made nevertheless, and nothing is remembered: whoever asks next reads.
    func settle(_ name: RealmName, isNew: Bool = false) async {
        do throws(StoreFault) {
            try await realms.reload(name)
            // A realm's first request need not wait for its key to be made.
            if isNew { _ = try await realms.find(name) }
        } catch {
            capabilities.report(SystemEvent(.warning, "realm_unreadable", "\(error)"))
        }
        live.invalidate(.realm(name))
    }

    private func events(
        _ deed: Deed, _ name: RealmName, _ differences: [RealmDifference], by actor: Actor
    ) async throws(StoreFault) -> [EventDraft] {
        let details: [(String, JSON)] = [("changes", .array(differences.map(\.json)))]
        let own = recorder.draft(deed, realm: name, by: actor, details: details + actor.credential)
        guard let person = actor.person else { return [own] }
        // The realm's own administrator, and no operator.
        if person.realm == name, name != .system {
            return [try await recorder.draft(deed, realm: name, by: actor, details: details, in: store)]
        }
        let wrapped = try await store.read { (reader) throws(StoreFault) in
            try reader.subjectKey(of: person.id, realm: person.realm)
        }
        let operators = recorder.draft(
            deed, in: name, byOperator: person, wrappedKey: wrapped, of: actor, details: details)
        return name == .system ? [operators] : [own, operators]
    }

    /// The first role that rules would give or take that come or go, and that the actor may not give by hand: a rule
    /// gives it to everybody whom it fits, and whoever writes the rule chooses whom.
    private static func problem(
        withAssigning rules: Set<RoleAssignment>, in name: RealmName, by actor: Actor, _ reader: any StoreReader
    ) throws(StoreFault) -> FieldProblem? {
        for role in Set(rules.map(\.role)).sorted() {
            let present = try reader.role(named: role, realm: name)
            if try RoleGiver.actor(actor).covers(role, present, in: name, [], reader) { continue }
            return FieldProblem(
                field: "profile.assignments", code: "not_held",
                message: "must not give or take the role '\(role)', which you may not give")
        }
        return nil
    }

    /// The first of the hosts that another realm has.
    static func problem(
        with hosts: [RealmHost], of name: RealmName, _ reader: any StoreReader
    ) throws(StoreFault) -> FieldProblem? {
        for (index, host) in hosts.enumerated() {
            guard let owner = try reader.realmHost(host.host), owner.realm != name else { continue }
            let place = hosts[..<index].count { $0.application != nil }
            let field = host.application == nil ? RealmMember.url : "applications[\(place)].origin"
            return FieldProblem(field: field, code: "host_taken", message: "is on a host that another realm has")
        }
        return nil
    }
}

extension RealmBase {
    /// Where a realm is reached besides the server's own host: first its own host, then its applications' by name.
    func hosts(of name: RealmName, _ document: RealmDocument) -> [RealmHost] {
        let own = document.url.map { RealmHost(host: WebHost.name(of: $0), realm: name, application: nil) }
        let applications = document.rules(over: rules(of: name)).applications.map {
            RealmHost(host: WebHost.name(of: $0.origin), realm: name, application: $0.name)
        }
        return [own].compactMap(\.self) + applications
    }
}
