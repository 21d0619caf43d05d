internal import Domain
internal import Flows
internal import HTTP
internal import Standards
internal import Storage

/// `PATCH /api/system/realms/{realm}`.
struct ChangeRealmEndpoint: Endpoint {
    typealias Refusal = RealmRefusal
    let changeRealm: ChangeRealm

    struct Input: Sendable {
        let realm: RealmName
        let acceptsMisfits: Bool
        let patch: JSON
    }

    static let sentence = "Changes what the body names; `null` lets the realm follow the server again."
    static let requestFields = [ExpectedVersion.field]
    static let input: Intake<Input> = .path(
        RealmPath.schema,
        and: .query(
            AcceptedMisfits.schema, and: .json(.anyObject.described(as: .object(SchemaDescription.realmMembers)))
        ) { ($0, $1) }
    ) { Input(realm: $0.name, acceptsMisfits: $1.0 ?? false, patch: $1.1) }
    static let output = RealmChangeReply.schema

    func callAsFunction(
        _ input: Input, _ caller: Authorized
    ) async throws(StoreFault) -> Answer<RealmChangeReply, RealmRefusal> {
        let patch: RealmPatch
        do throws(InvalidRealm) { patch = try RealmPatch(input.patch) } catch {
            return .refused(.invalid(error.problems))
        }
        let outcome = try await changeRealm(
            input.realm, by: patch, ifVersion: SeenVersion(caller.request.headers).version,
            acceptsMisfits: input.acceptsMisfits, actor: Actor(caller))
        switch outcome {
        case .done(let state, let changes):
            return .success(RealmChangeReply(changes: changes, realm: RealmReply(state)))
        case .refused(let refusal): return .refused(refusal)
        }
    }
}

/// Whether a realm's rules may change although profiles do not fit the new ones.
enum AcceptedMisfits {
    static let sentence =
        "`true`: also where somebody's profile does not fit the new rules; it is marked then, and removed attributes are deleted."

    static let schema: Schema<Bool?> = .object(
        { $0 },
        Field(optional: "accept_misfits", .boolean(example: true), inExample: false, { $0 }, sentence))
}
