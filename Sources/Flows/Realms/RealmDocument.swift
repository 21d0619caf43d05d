internal import Domain
internal import HTTP
public import Standards
internal import Storage

/// What one realm decides for itself: only what is set, each value in its canonical form.
///
/// So two documents that mean the same are equal, and applying one twice changes nothing the second time. It is made
/// by reading only.
public struct RealmDocument: Hashable, Sendable {
    /// By the member's name; what says what holds anyway is not kept.
    private var values: [String: JSON] = [:]

    /// Nothing is set.
    public init() {}

    /// What ``settings`` wrote, and the row's own column. What a later version wrote and this one does not know is left out.
    public init(settings: String, isEnabled: Bool) {
        let json = (try? JSON.parse(settings)) ?? .object([])
        var ignored: [FieldProblem] = []
        self = RealmDocument().changed(by: RealmPatch(reading: json, besides: [], &ignored))
        values[RealmMember.enabled] = isEnabled ? nil : false
    }

    /// Whether every member that this version knows has a value that it understands. A realm whose settings are damaged, or
    /// speak of what only a later version can do, must not fall back to what the server allows otherwise.
    static func understands(_ settings: String) -> Bool {
        guard let json = try? JSON.parse(settings) else { return false }
        var problems: [FieldProblem] = []
        _ = RealmPatch(reading: json, besides: [], &problems)
        return problems.allSatisfy { $0.code == "unknown" }
    }

    init(_ stored: StoredRealm) { self.init(settings: stored.settings, isEnabled: stored.isEnabled) }

    public subscript(_ name: String) -> JSON? { values[name] }

    public var isEnabled: Bool { values[RealmMember.enabled] == nil }

    /// The realm's own origin, where it has one.
    public var url: String? { values[RealmMember.url]?.string }

    /// Whether the realm decides this itself.
    public func sets(_ member: RealmMember) -> Bool { values[member.name] != nil }

    public func changed(by patch: RealmPatch) -> RealmDocument {
        var changed = self
        for (name, value) in patch.values { changed.values[name] = value }
        return changed
    }

    func with(isEnabled: Bool) -> RealmDocument {
        var changed = self
        changed.values[RealmMember.enabled] = isEnabled ? nil : false
        return changed
    }

    /// What holds in the realm: the server's rules, and what is set here instead.
    public func rules(over server: RealmRules) -> RealmRules {
        var rules = server
        for member in RealmMember.all { values[member.name].map { member.apply($0, &rules) } }
        return rules
    }

    /// Only what is set, in the order of the table.
    public var json: JSON { .object(Self.members(of: values)) }

    /// The same without what has a column of its own: what the database keeps.
    public var settings: String {
        JSON.object(Self.members(of: values.filter { $0.key != RealmMember.enabled })).text
    }

    /// Everything that holds, in the order of the table; `null` for what nobody has set.
    public func effective(issuer: String, over server: RealmRules) -> JSON {
        let rules = rules(over: server)
        var all: [String: JSON] = [RealmMember.url: .string(issuer), RealmMember.enabled: .bool(isEnabled)]
        for member in RealmMember.all where all[member.name] == nil { all[member.name] = member.value(rules) ?? .null }
        return .object(Self.members(of: all))
    }

    /// What another document says otherwise, in the order of the table.
    public func differences(to other: RealmDocument) -> [RealmDifference] {
        RealmMember.all.compactMap { member in
            let (from, to) = (values[member.name], other.values[member.name])
            return from == to ? nil : RealmDifference(name: member.name, from: from, to: to)
        }
    }

    /// Objects within objects again, each member in its place.
    private static func members(of values: [String: JSON]) -> [JSON.Member] {
        var members: [JSON.Member] = []
        for row in RealmMember.all {
            guard let value = values[row.name] else { continue }
            guard row.path.count == 2 else {
                members.append(JSON.Member(row.name, value))
                continue
            }
            let inner = JSON.Member(row.path[1], value)
            if let last = members.last, last.name == row.path[0] {
                members[members.count - 1] = JSON.Member(last.name, .object((last.value.members ?? []) + [inner]))
            } else {
                members.append(JSON.Member(row.path[0], .object([inner])))
            }
        }
        return members
    }
}

/// One thing that differs between two documents or two realms.
public struct RealmDifference: Hashable, Sendable {
    /// A member's name, or `permission messages:read`, `role editor` and so on.
    public let name: String
    /// `nil` where it was not there, or not set.
    public let from: JSON?
    public let to: JSON?

    public init(name: String, from: JSON?, to: JSON?) {
        self.name = name
        self.from = from
        self.to = to
    }

    public var json: JSON { ["name": .string(name), "from": from ?? .null, "to": to ?? .null] }

    /// As a line for people: `+` for what comes, `-` for what goes, `~` for what changes.
    public var line: String {
        switch (from, to) {
        case (nil, let to?): "+ \(name): \(Self.shown(to))"
        case (let from?, nil): "- \(name): \(Self.shown(from))"
        case (let from?, let to?): "~ \(name): \(Self.shown(from)) -> \(Self.shown(to))"
        case (nil, nil): "  \(name)"
        }
    }

    private static func shown(_ json: JSON) -> String { json.text }
}
