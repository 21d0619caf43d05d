import Crypto
import Domain
import Standards
import Storage
import TestSupport
import Testing

@testable import Flows

/// A directory as a law firm has one.
let directory: JSON = [
    "attributes": [
        ["name": "nome_completo", "type": "text", "required": "always", "read": ["owner", "admin", "application"]],
        ["name": "cpf", "type": "cpf", "unique": true, "masked": true],
        [
            "name": "email_corporativo", "type": "email", "unique": true, "write": ["admin", "application"],
            "read": ["owner", "admin", "application"],
        ],
        ["name": "oab", "type": "oab_number", "unique": true, "unique_with": "uf_oab", "write": ["owner", "admin"]],
        ["name": "uf_oab", "type": "uf", "write": ["owner", "admin"]],
        ["name": "area", "type": "enum", "choices": ["civil", "penal"], "write": ["owner", "admin", "application"]],
        ["name": "apelido", "type": "text", "maximum": 20, "write": ["owner"]],
        ["name": "andar", "type": "integer", "minimum": 1, "maximum": 30],
        ["name": "ativo", "type": "account_active"],
    ],
    "assignments": [
        ["attribute": "oab", "present": true, "role": "advogado"],
        ["attribute": "area", "equals": "civil", "role": "civilista", "self": true],
    ],
]

/// With something of it said otherwise.
func directory(_ change: (inout [JSON]) -> Void) -> JSON {
    var attributes = directory["attributes"]?.array ?? []
    change(&attributes)
    return ["attributes": .array(attributes), "assignments": directory["assignments"] ?? []]
}

extension World {
    /// The realm with these profile rules, as a request finds it.
    @discardableResult
    func profiles(
        _ profile: JSON = directory, roles: JSON = [["name": "advogado"], ["name": "civilista"]],
        isDryRun: Bool = false,
        acceptsMisfits: Bool = false
    ) async throws -> [String] {
        let file = try RealmFile(["realm": "default", "profile": profile, "roles": roles])
        switch try await useCases.applyRealm(
            file, isDryRun: isDryRun, acceptsMisfits: acceptsMisfits, by: .commandLine)
        {
        case .done: return []
        case .refused(.invalid(let problems)): return problems.map { "\($0.code) \($0.message)" }
        case .refused(let refusal): throw WorldFault.refused("\(refusal)")
        }
    }

    /// For what needs chance and nothing else.
    var capabilities: Capabilities {
        Capabilities(
            now: { clock.now }, monotonic: { 0 }, random: { Random.bytes($0) },
            pause: { (_: Duration) throws(CancellationError) in }, report: { _ in })
    }

    func present() async throws -> Realm { try #require(await useCases.realms.find(realm.name)) }

    /// What became of a change, in one line.
    @discardableResult
    func change(
        _ patch: JSON, ifVersion version: Int64? = nil, by editor: ProfileEditor = .commandLine
    ) async throws -> String { try await change("maria", patch, ifVersion: version, by: editor) }

    @discardableResult
    func change(
        _ user: String, _ patch: JSON, ifVersion version: Int64? = nil, by editor: ProfileEditor = .commandLine
    ) async throws -> String {
        switch try await useCases.profiles.change(
            patch, of: user, in: try await present(), ifVersion: version, by: editor)
        {
        case .done(let profile, let changed): return changed ? "version \(profile.version)" : "unchanged"
        case .refused(.invalid(let problems)): return problems.map { "\($0.field) \($0.code)" }.joined(separator: ", ")
        case .refused(.taken(let problems)): return problems.map { "\($0.field) \($0.code)" }.joined(separator: ", ")
        case .refused(.aboveOwnRank(let problems)):
            return problems.map { "\($0.field) \($0.code)" }.joined(separator: ", ")
        case .refused(.noSuchUser): return "nobody"
        case .refused(.changedMeanwhile): return "meanwhile"
        case .refused(.lastAdministrator): return "last administrator"
        case .refused(.throttled): return "throttled"
        }
    }

    func profile(_ user: String = "maria", by editor: ProfileEditor = .commandLine) async throws -> Profile {
        try #require(await useCases.profiles.read(of: user, in: try await present(), by: editor))
    }

    func attributes(_ user: String = "maria", by editor: ProfileEditor = .commandLine) async throws -> String {
        try await profile(user, by: editor).attributes.text
    }

    func owner(_ tokens: SignedIn) async throws -> ProfileEditor {
        .owner(Actor(try await whoIs(tokens.accessToken).get(), provenBy: .bearer, from: World.source))
    }

    /// Somebody who may write profiles and is no administrator.
    func clerk(holding permissions: [String] = []) async throws -> ProfileEditor {
        let tokens = try await signUp("clerk")
        for pair in ["profiles:write"] + permissions {
            let parts = pair.split(separator: ":").map(String.init)
            _ = try await useCases.createPermission(
                resource: parts[0], action: parts[1], name: nil, description: "", in: realm.name, by: .commandLine)
            try await give(pair, to: "clerk")
        }
        let principal = try await whoIs(tokens.accessToken).get()
        return .application(Actor(principal, provenBy: .bearer, from: World.source))
    }

    func roles(_ user: String = "maria") async throws -> [String] {
        try #require(await useCases.showUser(user, in: realm.name)).grants.roles
    }

    func counts() async throws -> ProfileCounts { try await useCases.profiles.settle.counts(try await present()) }
}
