internal import Domain
internal import Flows
internal import HTTP

/// A role as administrators see it.
struct RoleReply: EntityTagged, Sendable {
    let role: Role
    let userCount: Int64
    let permissions: [String]
    let includes: [String]

    init(_ detail: RoleDetail) {
        role = detail.role
        userCount = detail.userCount
        permissions = detail.permissions.map(\.pair.description)
        includes = detail.includes
    }

    var tag: String { "\"\(role.editVersion.text)\"" }

    static let schema: Schema<RoleReply> = .written(
        Field("id", .identifier(), \.role.id, "Never changes."),
        Field("name", .text(example: "editor"), \.role.name, "Unique in the realm."),
        Field("description", .text(example: "May change articles"), \.role.description, "What it is for."),
        Field(
            "rank", .integer(Role.ranks, example: 100), \.role.rank,
            "How high it stands: nobody gives a role above the highest of their own."),
        Field(
            "version", .integer(0...Int64.max, example: 3), \.role.version,
            "Counts up with each change of what it is or gives."),
        Field("users", .integer(0...Int64.max, example: 12), \.userCount, "How many hold it itself."),
        Field(
            "permissions", .array(.text(example: "messages:read"), count: 0...100_000), \.permissions,
            "What it gives itself, of everything and for good; the list of grants shows the rest too."),
        Field(
            "includes", .array(.text(example: "reader"), count: 0...10_000), \.includes, "The roles it includes itself."
        ),
        Field("created_at", .timestamp, \.role.createdAt, "When it was made.")
    ).named("Role")
}

/// A permission as administrators see it.
struct PermissionReply: EntityTagged, Sendable {
    let permission: Permission

    var tag: String { "\"\(permission.editVersion.text)\"" }

    static let schema: Schema<PermissionReply> = .written(
        Field("id", .identifier(), \.permission.id, "Never changes."),
        Field(
            "permission", .text(example: "messages:read"), \.permission.pair.description,
            "`resource:action`; either part may be `*`. Never changes."),
        Field("name", .text(example: "messages:read"), \.permission.name, "The pair, unless the team chose another."),
        Field("description", .text(example: "May read messages"), \.permission.description, "What it is for."),
        Field("version", .integer(0...Int64.max, example: 3), \.permission.version, "Counts up with each change."),
        Field("created_at", .timestamp, \.permission.createdAt, "When it was made.")
    ).named("Permission")
}

/// What the field `If-Match` says of something whose tag tells its fields (RFC 9110 §13.1.1).
enum SeenVersion {
    case any
    case exactly(EditVersion)
    /// A tag that no version ever had.
    case none

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
            let version = EditVersion(String(decoding: bytes.dropFirst().dropLast(), as: UTF8.self))
        {
            self = .exactly(version)
        } else {
            self = .none
        }
    }

    /// What the flows compare with; no version is ever that high.
    var version: EditVersion? {
        switch self {
        case .any: nil
        case .exactly(let version): version
        case .none: EditVersion("\(Int64.max)")
        }
    }
}

/// Why a role or a permission was not made, changed or deleted.
enum EditProblem: ClientError {
    case notThere
    case invalid([FieldProblem])
    case exists
    case aboveOwnRank
    case notHeld
    case protected
    case lastAdministrator
    case inUse(Int64)
    case changedMeanwhile([FieldProblem])

    init(_ refusal: EditRefusal) {
        self =
            switch refusal {
            case .notThere: .notThere
            case .invalid(let problems): .invalid(problems)
            case .exists: .exists
            case .aboveOwnRank: .aboveOwnRank
            case .notHeld: .notHeld
            case .protected: .protected
            case .lastAdministrator: .lastAdministrator
            case .changedMeanwhile(let problems): .changedMeanwhile(problems)
            }
    }

    init(_ refusal: CreationRefusal) {
        self =
            switch refusal {
            case .exists: .exists
            case .invalid(let problems): .invalid(problems)
            case .aboveOwnRank: .aboveOwnRank
            case .notHeld: .notHeld
            }
    }

    static var allCases: [Self] {
        [
            .notThere, .invalid([]), .exists, .aboveOwnRank, .notHeld, .protected, .lastAdministrator, .inUse(1),
            .changedMeanwhile([]),
        ]
    }

    var problem: Problem {
        switch self {
        case .notThere: .notFound
        case .invalid(let problems): .validation(problems)
        case .exists: Problem(status: 409, code: "exists", message: "Another one has the name")
        case .aboveOwnRank: .aboveOwnRank
        case .notHeld: .notHeld
        case .protected:
            Problem(status: 403, code: "protected", message: "What administration itself stands on is not changed here")
        case .lastAdministrator: .lastAdministrator
        case .inUse(let count):
            Problem(
                status: 409, code: "role_in_use",
                message: "It is held by \(count); force=true takes it from them")
        case .changedMeanwhile(let problems):
            Problem(
                status: 412, code: "changed_meanwhile", message: "Somebody else has changed it since", details: problems
            )
        }
    }
}

/// The role or the permission that a path names.
enum NamePath {
    static func schema(_ sentence: String) -> Schema<String> {
        .object({ $0 }, Field("name", .text(bytes: 1...129, example: "editor"), \.self, sentence))
    }
}
