public import Domain
public import Storage

/// Changes what a realm decides. Holds from the next request on; idempotent.
public struct ChangeRealm: Sendable {
    let change: RealmChange

    /// - Parameters:
    ///   - version: of what the caller looked at, where it matters to him that nothing has changed since.
    ///   - acceptsMisfits: whether profiles may stay that do not fit the new rules; they are marked.
    public func callAsFunction(
        _ name: RealmName, by patch: RealmPatch, ifVersion version: EditVersion? = nil, acceptsMisfits: Bool = false,
        actor: Actor
    ) async throws(StoreFault) -> RealmOutcome {
        for _ in 0..<RealmChange.patience {
            let stored = try await change.store.read { (reader) throws(StoreFault) in try reader.realm(named: name) }
            guard stored != nil || name.alwaysExists else { return .refused(.noSuchRealm) }
            if let problems = RealmDocument.problems(since: version, in: stored) {
                return .refused(.changedMeanwhile(problems))
            }
            let before = stored.map(RealmDocument.init) ?? RealmDocument()
            let after = before.changed(by: patch)
            let differences = before.differences(to: after)
            if differences.isEmpty { return .done(change.state(name, stored), []) }
            if !acceptsMisfits {
                let problems = try await change.profiles.problems(of: name, from: before, to: after)
                guard problems.isEmpty else { return .refused(.invalid(problems)) }
            }
            switch try await change.write(after, of: name, over: stored, by: actor) {
            case .done(let row):
                await change.profiles.settle(name)
                return .done(change.state(name, row), differences)
            case .refused(.changedMeanwhile): continue
            case .refused(let refusal): return .refused(refusal)
            case .before: throw .unexpected("a realm was written before, and nobody asked for that")
            }
        }
        return .refused(.changedMeanwhile([]))
    }
}
