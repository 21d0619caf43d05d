internal import Domain
public import Flows
internal import HTTP
internal import Standards

/// A realm as operators see it over the API.
struct RealmReply: EntityTagged, Sendable {
    let name: String
    let url: String
    let isEnabled: Bool
    let version: Int64
    let createdAt: Timestamp?
    let updatedAt: Timestamp?
    let settings: JSON
    let effective: JSON
    /// The version, and a digest of each setting, so that it can be told which ones somebody else changed.
    let tag: String

    init(_ state: RealmState) {
        self.init(
            name: state.name.text, url: state.url, isEnabled: state.document.isEnabled, version: state.version,
            createdAt: state.createdAt, updatedAt: state.updatedAt, settings: state.document.json,
            effective: state.effective, tag: "\"\(state.editVersion.text)\"")
    }

    private init(
        name: String, url: String, isEnabled: Bool, version: Int64, createdAt: Timestamp?, updatedAt: Timestamp?,
        settings: JSON, effective: JSON, tag: String
    ) {
        self.name = name
        self.url = url
        self.isEnabled = isEnabled
        self.version = version
        self.createdAt = createdAt
        self.updatedAt = updatedAt
        self.settings = settings
        self.effective = effective
        self.tag = tag
    }

    static let schema: Schema<RealmReply> = .object(
        {
            RealmReply(
                name: $0, url: $1, isEnabled: $2, version: $3, createdAt: $4, updatedAt: $5, settings: $6,
                effective: $7, tag: "\"\($3)\"")
        },
        Field("name", .text(characters: 1...32, example: "shop"), \.name, "It never changes."),
        Field(
            "url", .text(example: "https://id.shop.example"), \.url,
            "The canonical URL: the tokens' issuer, without a trailing slash."),
        Field("enabled", .boolean(example: true), \.isEnabled, "Whether the realm serves anybody."),
        Field(
            "version", .integer(0...Int64.max, example: 3), \.version,
            "Counts up with each change; the entity tag begins with it."),
        Field(
            "created_at", .nullable(.timestamp), \.createdAt, "`null` for the two realms that always exist."),
        Field("updated_at", .nullable(.timestamp), \.updatedAt, "`null` where nobody has changed anything."),
        Field(
            "settings", .anyObject.described(as: .realmSettings), \.settings,
            "What the realm decides itself; what is not here follows the server."),
        Field(
            "effective", .anyObject.described(as: .realmSettings), \.effective,
            "Everything that holds, whoever said it.")
    ).named("Realm")

}

/// What a change did, and the realm after it.
struct RealmChangeReply: EntityTagged, Sendable {
    let changes: [RealmDifference]
    let realm: RealmReply

    static let schema: Schema<RealmChangeReply> = .object(
        RealmChangeReply.init(changes:realm:),
        Field(
            "changes", .array(difference, count: 0...100_000), \.changes,
            "What differs from before; empty where nothing was to be done."),
        Field("realm", RealmReply.schema, \.realm, "As it is now."))

    var tag: String { realm.tag }

    static let difference: Schema<RealmDifference> = .object(
        { (name: String, from: JSON, to: JSON) in RealmDifference(name: name, from: from, to: to) },
        Field(
            "name", .text(example: "session_limit"), \.name,
            "A setting, or such as `permission messages:read` or `role editor`."),
        Field("from", .anything, { $0.from ?? .null }, "What it was; `null` for nothing."),
        Field("to", .anything, { $0.to ?? .null }, "What it is now; `null` for nothing."))
}

/// The realm that a path names.
struct RealmPath: Sendable {
    let name: RealmName

    static let schema: Schema<RealmPath> = .object(
        RealmPath.init(name:), Field("realm", realm, \.name, "The realm's name."))

    static let realm = Schema<RealmName>(.text(characters: 1...32, bytes: 1...32, example: "shop")) {
        json, path, problems in
        json.string.flatMap(RealmName.init) ?? problems.add(path, .wrongType("a realm's name"))
    } write: { value, output in
        output.string(value.text)
    }
}

/// What the field `If-Match` asks for (RFC 9110 §13.1.1).
enum ExpectedVersion: Sendable {
    case any
    case exactly(Int64)
    /// A tag that no version ever had.
    case none

    static let field = SchemaDescription.Member(
        name: "If-Match", isRequired: false, shape: .text(example: "\"3\""),
        sentence: "The `ETag` of what the caller looked at: 412 where somebody has changed it since.")

    init(_ headers: Headers) {
        let values = headers.values(of: "If-Match")
        guard let text = values.first else {
            self = .any
            return
        }
        let bytes = Array(text.utf8)
        if values.count == 1, bytes.elementsEqual("*".utf8) {
            self = .any
        } else if values.count == 1, bytes.count > 2, bytes.first == 0x22, bytes.last == 0x22,
            let number = Int64(String(decoding: bytes.dropFirst().dropLast(), as: UTF8.self)), "\"\(number)\"" == text
        {
            self = .exactly(number)
        } else {
            self = .none
        }
    }

    /// What the flows compare with; no version is ever below 0.
    var version: Int64? {
        switch self {
        case .any: nil
        case .exactly(let version): version
        case .none: -1
        }
    }
}

extension RealmRefusal: ClientError {
    public static var allCases: [Self] { [.invalid([]), .exists, .noSuchRealm, .changedMeanwhile([])] }

    public var problem: Problem {
        switch self {
        case .invalid(let problems): .validation(problems)
        case .exists: Problem(status: 409, code: "realm_exists", message: "A realm of that name exists")
        case .noSuchRealm: .notFound
        case .keyReused: RepeatProblem.keyReused.problem
        case .changedMeanwhile(let problems): .changedMeanwhile(problems)
        }
    }
}
