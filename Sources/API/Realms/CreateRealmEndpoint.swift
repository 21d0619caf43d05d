internal import Domain
internal import Flows
internal import HTTP
internal import Standards
internal import Storage

/// `POST /api/system/realms`.
struct CreateRealmEndpoint: Endpoint {
    typealias Refusal = CreationProblem<RealmRefusal>
    let createRealm: CreateRealm

    static let sentence = "Makes a realm: users, roles, keys and settings of its own."
    static let status = 201
    static let requestFields = [IdempotencyKey.requestField]
    static let input: Intake<JSON> = .json(
        .anyObject.described(
            as: .object(
                [
                    SchemaDescription.Member(
                        name: "name", isRequired: true,
                        shape: .text(characters: 1...32, bytes: 1...32, example: "shop"),
                        sentence: "Lower-case letters, digits and hyphens; it never changes.")
                ] + SchemaDescription.realmMembers)))
    static let output = RealmReply.schema

    func callAsFunction(_ input: JSON, _ caller: Authorized) async throws(StoreFault) -> Answer<RealmReply, Refusal> {
        var problems: [FieldProblem] = []
        let name: String? = Schema<String>.text(example: "").read(input["name"] ?? .null, "name", &problems)
        let settings = JSON.object((input.members ?? []).filter { !$0.name.utf8.elementsEqual("name".utf8) })
        let patch: RealmPatch
        do throws(InvalidRealm) { patch = try RealmPatch(settings) } catch {
            return .refused(.refused(.invalid(problems + error.problems)))
        }
        guard let name else { return .refused(.refused(.invalid(problems))) }
        guard case .request(let request) = caller.repeatable("create_realm") else {
            return .refused(.notRepeated(.malformed))
        }
        switch try await createRealm(name, setting: patch, by: Actor(caller), once: request) {
        case .done(let state, _): return .success(RealmReply(state))
        case .refused(let refusal): return .refused(.refused(refusal))
        }
    }
}
