internal import Domain
internal import Flows
internal import Standards
internal import Storage

extension RealmCommand {
    func perform(
        in _: Realm, by actor: Actor, _ premises: Premises
    ) async throws(StoreFault) -> ControlReply {
        let useCases = premises.useCases
        switch self {
        case .list(let page): return try await Self.list(page, useCases)
        case .show(let name):
            guard let realm = RealmName(name), let state = try await useCases.showRealm(realm) else {
                return .noSuchRealm(name)
            }
            return ControlReply(.done, state.lines, state.json)
        case .create(let name, let settings):
            let patch: RealmPatch
            do throws(InvalidRealm) { patch = try RealmPatch(setting: settings) } catch {
                return .invalid(error.problems)
            }
            switch try await useCases.createRealm(name, setting: patch, by: actor) {
            case .refused(let refusal): return ControlReply(refusal, name)
            case .done(let state, _):
                return ControlReply(.done, "Realm '\(name)' created; it is at \(state.url).", state.json)
            }
        case .change(let name, let set, let unset, let acceptsMisfits):
            let patch: RealmPatch
            do throws(InvalidRealm) { patch = try RealmPatch(setting: set, removing: unset) } catch {
                return .invalid(error.problems)
            }
            guard let realm = RealmName(name) else { return .noSuchRealm(name) }
            return ControlReply(
                try await useCases.changeRealm(
                    realm, by: patch, acceptsMisfits: acceptsMisfits, actor: actor), name, isDryRun: false)
        case .apply(let document, let isDryRun, let acceptsMisfits):
            let file: RealmFile
            do throws(InvalidRealm) { file = try RealmFile(document) } catch { return .invalid(error.problems) }
            return ControlReply(
                try await useCases.applyRealm(
                    file, isDryRun: isDryRun, acceptsMisfits: acceptsMisfits, by: actor), file.realm.text,
                isDryRun: isDryRun)
        }
    }

    private static func list(_ page: PageRequest, _ useCases: UseCases) async throws(StoreFault) -> ControlReply {
        let found = try await useCases.listRealms(after: page.after.flatMap(RealmName.init), limit: page.limit)
        return ControlReply(
            page: "realms", found.realms.map(\.json), next: found.next?.text,
            table: Table(
                ["REALM", "ENABLED", "URL", "SETS"],
                found.realms.map { realm in
                    let set = RealmMember.all.filter { realm.document.sets($0) }.map(\.name)
                    return [
                        realm.name.text, realm.document.isEnabled ? "yes" : "no", realm.url,
                        set.joined(separator: ", "),
                    ]
                }), empty: "No more realms.")
    }
}

extension ControlReply {
    static func noSuchRealm(_ name: String) -> ControlReply {
        ControlReply(.refused, "There is no realm '\(name)'.", ["code": "no_such_realm"])
    }

    fileprivate init(_ refusal: RealmRefusal, _ name: String) {
        switch refusal {
        case .invalid(let problems): self = .invalid(problems)
        case .exists: self.init(.refused, "Realm '\(name)' already exists.", ["code": "exists"])
        case .noSuchRealm: self = .noSuchRealm(name)
        case .changedMeanwhile:
            self.init(.refused, "Somebody else is changing realm '\(name)'; try again.", ["code": "changed_meanwhile"])
        // The command line brings no such key.
        case .keyReused: self.init(.refused, "The key was used before.", ["code": "idempotency_key_reused"])
        }
    }

    /// A line for each difference, and one that says what became of them.
    fileprivate init(_ outcome: RealmOutcome, _ name: String, isDryRun: Bool) {
        switch outcome {
        case .refused(let refusal): self.init(refusal, name)
        case .done(let state, let differences):
            let count = differences.count == 1 ? "one change" : "\(differences.count) changes"
            let last = differences.isEmpty ? "no change" : isDryRun ? "\(count), not applied" : "\(count) applied"
            self.init(
                .done, (differences.map(\.line) + ["Realm '\(name)': \(last)."]).joined(separator: "\n"),
                [
                    "realm": .string(name), "applied": .bool(!isDryRun && !differences.isEmpty),
                    "version": .integer(state.version), "changes": .array(differences.map(\.json)),
                ])
        }
    }
}

extension RealmState {
    var json: JSON {
        [
            "name": .string(name.text), "url": .string(url), "enabled": .bool(document.isEnabled),
            "version": .integer(version), "created_at": createdAt.map { .string($0.iso8601) } ?? .null,
            "updated_at": updatedAt.map { .string($0.iso8601) } ?? .null, "settings": document.json,
            "effective": effective,
        ]
    }

    /// For people: what the realm says itself, then what it has from the server.
    fileprivate var lines: String {
        let always = "always existed"
        let members = RealmMember.all.filter { !["url", "enabled"].contains($0.name) }
        func line(_ member: RealmMember) -> String {
            var value: JSON = effective
            for name in member.path { value = value[name] ?? .null }
            return "  \(member.name): \(value.text)"
        }
        let own = members.filter { document.sets($0) }.map(line)
        let servers = members.filter { !document.sets($0) }.map(line)
        return
            ([
                "name: \(name)", "url: \(url)", "enabled: \(document.isEnabled ? "yes" : "no")", "version: \(version)",
                "created: \(createdAt?.iso8601 ?? always)", "changed: \(updatedAt?.iso8601 ?? "never")", "set here:",
            ] + (own.isEmpty ? ["  nothing"] : own) + ["as the server says:"] + servers).joined(separator: "\n")
    }
}
