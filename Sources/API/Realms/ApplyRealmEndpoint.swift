internal import Domain
internal import Flows
internal import HTTP
internal import Standards
internal import Storage

/// `PUT /api/system/realms/{realm}`: what `aldrava apply` does.
struct ApplyRealmEndpoint: Endpoint {
    typealias Refusal = RealmRefusal
    let applyRealm: ApplyRealm

    struct Input: Sendable {
        let realm: RealmName
        let isDryRun: Bool
        let acceptsMisfits: Bool
        let file: JSON
    }

    static let sentence = "Makes the realm what the body says, with its permissions and roles; again changes nothing."
    static let requestFields = [ExpectedVersion.field]
    static let input: Intake<Input> = .path(
        RealmPath.schema,
        and: .query(choices, and: .json(.anyObject.described(as: .object(members)))) { ($0, $1) }
    ) {
        Input(
            realm: $0.name, isDryRun: $1.0.isDryRun ?? false, acceptsMisfits: $1.0.acceptsMisfits ?? false, file: $1.1)
    }
    static let output = RealmChangeReply.schema

    private struct Choices: Sendable {
        let isDryRun: Bool?
        let acceptsMisfits: Bool?
    }

    private static let choices: Schema<Choices> = .object(
        Choices.init(isDryRun:acceptsMisfits:),
        Field(
            optional: "dry_run", .boolean(example: true), \.isDryRun,
            "`true`: only to say what would change; `realm` is then as it is before."),
        Field(
            optional: "accept_misfits", .boolean(example: true), inExample: false, \.acceptsMisfits,
            AcceptedMisfits.sentence))

    private static let members =
        SchemaDescription.realmMembers + [
            SchemaDescription.Member(
                name: "realm", isRequired: false, shape: .nullable(.text(example: "shop")),
                sentence: "The realm's name, as the path says it.", isInExample: false),
            SchemaDescription.Member(
                name: "permissions", isRequired: false, shape: .nullable(.array(.anything, count: 0...1_000)),
                sentence:
                    "Each `resource:action`, or an object with `resource`, `action`, `name` and `description`.",
                isInExample: false),
            SchemaDescription.Member(
                name: "roles", isRequired: false, shape: .nullable(.array(.anything, count: 0...200)),
                sentence:
                    "Each an object with `name`, `description`, `rank`, and `permissions` and `includes`, which are exactly what it gives.",
                isInExample: false),
        ]

    func callAsFunction(
        _ input: Input, _ caller: Authorized
    ) async throws(StoreFault) -> Answer<RealmChangeReply, RealmRefusal> {
        let file: RealmFile
        do throws(InvalidRealm) { file = try RealmFile(input.file, for: input.realm) } catch {
            return .refused(.invalid(error.problems))
        }
        let outcome = try await applyRealm(
            file, isDryRun: input.isDryRun, ifVersion: SeenVersion(caller.request.headers).version,
            acceptsMisfits: input.acceptsMisfits, by: Actor(caller))
        switch outcome {
        case .done(let state, let changes):
            return .success(RealmChangeReply(changes: changes, realm: RealmReply(state)))
        case .refused(let refusal): return .refused(refusal)
        }
    }
}
