internal import Domain
internal import Flows
internal import HTTP
internal import Standards
internal import Storage

/// What a realm decides, as its own administrators see it.
struct SettingsReply: EntityTagged, Sendable {
    let realm: RealmReply

    static let schema: Schema<SettingsReply> = .written(
        Field(
            "url", .text(example: "https://id.shop.example"), \.realm.url,
            "The canonical URL: the tokens' issuer, without a trailing slash."),
        Field(
            "version", .integer(0...Int64.max, example: 3), \.realm.version,
            "Counts up with each change; the entity tag begins with it."),
        Field("updated_at", .nullable(.timestamp), \.realm.updatedAt, "`null` where nobody has changed anything."),
        Field(
            "settings", .anyObject.described(as: .realmSettings), \.realm.settings,
            "What the realm decides itself, the profile's schema too; what is not here follows the server."),
        Field(
            "effective", .anyObject.described(as: .realmSettings), \.realm.effective,
            "Everything that holds, whoever said it."),
        Field(
            "read_only", .array(.text(example: "url"), count: 0...200),
            { _ in RealmMember.all.filter(\.isForOperators).map(\.name) },
            "Which of these only the server's operators change.")
    ).named("Settings")

    var tag: String { realm.tag }
}

/// What a change did, and the settings after it.
struct SettingsChangeReply: EntityTagged, Sendable {
    let changes: [RealmDifference]
    let settings: SettingsReply

    static let schema: Schema<SettingsChangeReply> = .written(
        Field(
            "changes", .array(RealmChangeReply.difference, count: 0...100_000), \.changes,
            "What differs from before; empty where nothing was to be done."),
        Field("settings", SettingsReply.schema, \.settings, "As they are now."))

    var tag: String { settings.tag }
}

/// `GET /api/admin/settings`.
struct ShowSettingsEndpoint: Endpoint {
    typealias Refusal = NotThere
    let changeSettings: ChangeSettings

    static let sentence = "What the caller's realm decides, its profile schema too, and what holds besides."
    static let input = Intake<Void>.nothing
    static let output = SettingsReply.schema

    func callAsFunction(
        _ input: Void, _ caller: Authorized
    ) async throws(StoreFault) -> Answer<SettingsReply, NotThere> {
        guard let state = try await changeSettings.show(caller.realm.name) else { return .refused(.notThere) }
        return .success(SettingsReply(realm: RealmReply(state)))
    }
}

/// `PATCH` and `PUT /api/admin/settings`.
struct ChangeSettingsEndpoint<Manner: SettingsManner>: Endpoint {
    typealias Refusal = RealmRefusal
    typealias Input = (Bool?, JSON)
    let changeSettings: ChangeSettings

    static var sentence: String { Manner.sentence }
    static var requestFields: [SchemaDescription.Member] { [ExpectedVersion.field] }
    static var input: Intake<Input> {
        .query(
            AcceptedMisfits.schema, and: .json(.anyObject.described(as: .object(SchemaDescription.realmMembers)))
        ) { ($0, $1) }
    }
    static var output: Schema<SettingsChangeReply> { SettingsChangeReply.schema }

    func callAsFunction(
        _ input: Input, _ caller: Authorized
    ) async throws(StoreFault) -> Answer<SettingsChangeReply, RealmRefusal> {
        let outcome = try await changeSettings(
            input.1, replaces: Manner.replaces, in: caller.realm.name,
            ifVersion: SeenVersion(caller.request.headers).version, acceptsMisfits: input.0 ?? false,
            by: Actor(caller))
        switch outcome {
        case .done(let state, let changes):
            return .success(
                SettingsChangeReply(changes: changes, settings: SettingsReply(realm: RealmReply(state))))
        case .refused(let refusal): return .refused(refusal)
        }
    }
}

/// Whether what the body does not name stays.
protocol SettingsManner: Sendable {
    static var replaces: Bool { get }
    static var sentence: String { get }
}

enum PartOfSettings: SettingsManner {
    static let replaces = false
    static let sentence = "Changes what the body names of the caller's realm; `null` follows the server again."
}

enum WholeSettings: SettingsManner {
    static let replaces = true
    static let sentence =
        "Makes the settings of the caller's realm what the body says; what it leaves out follows the server again."
}
