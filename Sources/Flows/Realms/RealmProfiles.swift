internal import Domain
internal import Storage

/// What a change of a realm's rules means for the profiles that are there.
struct RealmProfiles: Sendable {
    let check: CheckProfiles
    let settle: SettleProfiles
    let realms: Realms
    let base: RealmBase
    let capabilities: Capabilities

    /// How many profiles are gone over before the answer; the rest is done in the background.
    private static let atOnce = 256

    /// What the change would break.
    func problems(
        of name: RealmName, from old: RealmDocument, to new: RealmDocument
    ) async throws(StoreFault) -> [FieldProblem] {
        let (before, after) = (old.rules(over: base.rules(of: name)), new.rules(over: base.rules(of: name)))
        guard before.profile.attributes != after.profile.attributes, let realm = try await realms.find(name) else {
            return []
        }
        return try await check(after.profile, insteadOf: before.profile, in: realm)
    }

    /// Begins to go over what was written under other rules. The change is made already, so a fault only leaves it to the
    /// background.
    func settle(_ name: RealmName) async {
        do throws(StoreFault) {
            guard let realm = try await realms.find(name) else { return }
            _ = try await settle(realm, atMost: Self.atOnce)
        } catch {
            capabilities.report(SystemEvent(.warning, "profiles_not_settled", "\(error)"))
        }
    }
}
