public import Domain
public import Standards
public import Storage

/// A realm's administrators change what their realm decides, but for what only operators may, see
/// ``RealmMember/forOperators``.
public struct ChangeSettings: Sendable {
    let change: ChangeRealm

    /// The realm as it is; `nil` where it was deleted just now.
    public func show(_ name: RealmName) async throws(StoreFault) -> RealmState? {
        try await ShowRealm(store: change.change.store, base: change.change.base)(name)
    }

    /// - Parameters:
    ///   - json: members as in the realm's document; `null` for what is to follow the server again.
    ///   - replaces: whether what `json` does not name follows the server again too. What only operators may change stays
    ///     either way, and may be named with the value that it has.
    ///   - version: of what the caller looked at, where it matters to him that nothing has changed since.
    ///   - acceptsMisfits: whether profiles may stay that do not fit the new rules; they are marked.
    public func callAsFunction(
        _ json: JSON, replaces: Bool, in name: RealmName, ifVersion version: EditVersion? = nil,
        acceptsMisfits: Bool = false,
        by actor: Actor
    ) async throws(StoreFault) -> RealmOutcome {
        var patch: RealmPatch
        do throws(InvalidRealm) { patch = try RealmPatch(json) } catch { return .refused(.invalid(error.problems)) }
        guard let present = try await show(name)?.document else { return .refused(.noSuchRealm) }
        let wished = present.changed(by: patch)
        let problems = RealmMember.all.filter(\.isForOperators).filter { wished[$0.name] != present[$0.name] }.map {
            FieldProblem(
                field: $0.name, code: "operators_only", message: "can only be changed by the server's operators")
        }
        guard problems.isEmpty else { return .refused(.invalid(problems)) }
        if replaces { patch = patch.removingOthers(of: RealmMember.all.map(\.name)) }
        return try await change(
            name, by: patch.without(RealmMember.forOperators), ifVersion: version, acceptsMisfits: acceptsMisfits,
            actor: actor)
    }
}
