internal import Domain
internal import Flows
internal import Standards
internal import Storage

// How holders and what is held travel over the control socket, and how lists of them look.

extension HolderName {
    var member: JSON.Member {
        switch self {
        case .user(let text): JSON.Member("to_user", .string(text))
        case .key(let text): JSON.Member("to_key", .string(text))
        case .group(let name): JSON.Member("to_group", .string(name))
        case .role(let name): JSON.Member("to_role", .string(name))
        }
    }

    /// `nil` unless exactly one is named.
    init?(_ json: JSON) {
        func text(_ name: String) -> String? { json[name]?.string }
        let all = [
            text("to_user").map { HolderName.user($0) }, text("to_role").map { .role($0) },
            text("to_group").map { .group($0) }, text("to_key").map { .key($0) },
        ].compactMap(\.self)
        guard all.count == 1 else { return nil }
        self = all[0]
    }

    /// `user 'ana'`.
    var sentenceName: String {
        switch self {
        case .user(let text): "user '\(text)'"
        case .key(let text): "API key '\(text)'"
        case .group(let name): "group '\(name)'"
        case .role(let name): "role '\(name)'"
        }
    }
}

extension HeldName {
    var heldMembers: [JSON.Member] {
        switch self {
        case .group(let name): [JSON.Member("group", .string(name))]
        case .role(let name): [JSON.Member("role", .string(name))]
        case .permission(let name, let instance):
            [JSON.Member("permission", .string(name))]
                + (instance.map { [JSON.Member("instance", .string($0))] } ?? [])
        }
    }

    /// `nil` unless exactly one is named.
    init?(_ json: JSON) {
        func text(_ name: String) -> String? { json[name]?.string }
        let instance = text("instance")
        let all = [
            text("role").map { HeldName.role($0) }, text("group").map { .group($0) },
            text("permission").map { .permission($0, instance: instance) },
        ].compactMap(\.self)
        guard all.count == 1, instance == nil || text("permission") != nil else { return nil }
        self = all[0]
    }
}

extension ControlReply {
    /// Grants as they were given, those that are over included.
    init(_ entries: [AccessEntry], next: String?, empty: String) {
        self.init(
            page: "grants", entries.map(\.json), next: next,
            table: Table(
                ["HOLDER", "NAME", "HOLDS", "WHAT", "ON", "UNTIL"],
                entries.map {
                    [
                        $0.holderKind, $0.holderName, $0.heldKind, $0.heldName, $0.instance ?? "",
                        $0.expiresAt?.iso8601 ?? "",
                    ]
                }), empty: empty)
    }
}

extension AccessEntry {
    fileprivate var holderKind: String {
        switch holder {
        case .user: "user"
        case .key: "key"
        case .group: "group"
        case .role: "role"
        }
    }

    fileprivate var heldKind: String {
        switch held {
        case .group: "group"
        case .role: "role"
        case .permission: "permission"
        }
    }

    fileprivate var instance: String? { if case .permission(_, let instance) = held { instance } else { nil } }

    fileprivate var json: JSON {
        [
            "holder_kind": .string(holderKind), "holder": .string(holderName), "kind": .string(heldKind),
            "name": .string(heldName), "instance": instance.map { .string($0) } ?? .null,
            "until": expiresAt.map { .string($0.iso8601) } ?? .null,
        ]
    }
}
