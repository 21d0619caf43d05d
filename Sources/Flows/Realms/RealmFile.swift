public import Domain
public import Standards

/// What a file says of one realm: its name, what it decides, and its permissions and roles.
public struct RealmFile: Sendable {
    public let realm: RealmName
    /// Everything the realm decides; what is not here follows the server.
    public let document: RealmDocument
    /// Whether the file says if the realm serves. Where it does not, applying leaves that as it is: nobody who has
    /// disabled a realm wants the next deployment to enable it.
    public let saysWhetherEnabled: Bool
    public let permissions: [PermissionEntry]
    public let roles: [RoleEntry]

    public struct PermissionEntry: Hashable, Sendable {
        public let pair: Permission.Pair
        /// As in ``Domain/Permission/name``; `nil`, as for the description, where the file does not say.
        public let name: String?
        public let description: String?

        public init(pair: Permission.Pair, name: String?, description: String?) {
            self.pair = pair
            self.name = name
            self.description = description
        }
    }

    public struct RoleEntry: Hashable, Sendable {
        public let name: String
        /// `nil` where the file does not say.
        public let description: String?
        /// As in ``Domain/Role/rank``; `nil` where the file does not say.
        public let rank: Int64?
        /// Exactly what the role gives; `nil` where the file does not say.
        public let permissions: [Permission.Pair]?
        /// Exactly the roles that it includes; `nil` where the file does not say.
        public let includes: [String]?

        public init(
            name: String, description: String?, rank: Int64? = nil, permissions: [Permission.Pair]?,
            includes: [String]? = nil
        ) {
            self.name = name
            self.description = description
            self.permissions = permissions
            self.rank = rank
            self.includes = includes
        }
    }

    static let mostPermissions = 1_000
    static let mostRoles = 200

    /// - Parameter name: where the request names the realm; the file then may leave it out, and must not name another.
    /// - Throws: ``InvalidRealm`` with everything that is wrong, not only the first.
    public init(_ json: JSON, for name: RealmName? = nil) throws(InvalidRealm) {
        var problems: [FieldProblem] = []
        let patch = RealmPatch(reading: json, besides: ["realm", "permissions", "roles"], &problems)
        let given = Self.name(json["realm"], name, &problems)
        permissions = Self.permissions(json["permissions"], &problems)
        roles = Self.roles(json["roles"], &problems)
        document = RealmDocument().changed(by: patch)
        saysWhetherEnabled = patch.mentions(RealmMember.enabled) && !(json[RealmMember.enabled] == .null)
        guard let given, problems.isEmpty else { throw InvalidRealm(problems) }
        realm = given
    }

    /// A file in its canonical form; reading it gives the same.
    public var json: JSON {
        var members = [JSON.Member("realm", .string(realm.text))]
        if saysWhetherEnabled, document.isEnabled { members.append(JSON.Member(RealmMember.enabled, true)) }
        members += document.json.members ?? []
        if !permissions.isEmpty { members.append(JSON.Member("permissions", .array(permissions.map(\.json)))) }
        if !roles.isEmpty { members.append(JSON.Member("roles", .array(roles.map(\.json)))) }
        return .object(members)
    }

    private static func name(
        _ json: JSON?, _ expected: RealmName?, _ problems: inout [FieldProblem]
    ) -> RealmName? {
        guard let json else {
            if let expected { return expected }
            return problems.reject("realm", "required", "is required")
        }
        guard let name = json.string.flatMap(RealmName.init) else {
            return problems.reject("realm", "invalid_name", RealmName.rule)
        }
        if let expected, expected != name { return problems.reject("realm", "other_realm", "must be '\(expected)'") }
        return name
    }

    private static func permissions(_ json: JSON?, _ problems: inout [FieldProblem]) -> [PermissionEntry] {
        var entries: [PermissionEntry] = []
        for (index, element) in list(json, "permissions", atMost: mostPermissions, &problems).enumerated() {
            let place = "permissions[\(index)]"
            guard let entry = PermissionEntry(element, at: place, &problems) else { continue }
            if entries.contains(where: { $0.pair == entry.pair || $0.newName == entry.newName }) {
                problems.add(place, "repeated", "must be given once")
            }
            entries.append(entry)
        }
        return entries.sorted { $0.pair.description < $1.pair.description }
    }

    private static func roles(_ json: JSON?, _ problems: inout [FieldProblem]) -> [RoleEntry] {
        var entries: [RoleEntry] = []
        for (index, element) in list(json, "roles", atMost: mostRoles, &problems).enumerated() {
            let place = "roles[\(index)]"
            guard let entry = RoleEntry(element, at: place, &problems) else { continue }
            if entries.contains(where: { $0.name == entry.name }) {
                problems.add("\(place).name", "repeated", "must be given once")
            }
            entries.append(entry)
        }
        return entries.sorted { $0.name < $1.name }
    }

    fileprivate static func list(
        _ json: JSON?, _ path: String, atMost most: Int, _ problems: inout [FieldProblem]
    ) -> [JSON] {
        switch json {
        case nil, .null: return []
        case .array(let elements):
            if elements.count <= most { return elements }
            problems.add(path, "too_long", "must have at most \(most) elements")
            return []
        case .bool, .integer, .number, .string, .object:
            problems.add(path, "wrong_type", "must be a list")
            return []
        }
    }
}

extension RealmFile.PermissionEntry {
    /// `{"resource", "action", "name", "description"}`, or `"resource:action"`.
    fileprivate init?(_ json: JSON, at place: String, _ problems: inout [FieldProblem]) {
        if let text = json.string {
            guard let pair = Permission.Pair(granting: text) else {
                problems.add(place, "invalid_permission", "must be resource:action")
                return nil
            }
            problems += AccessProblems.part(pair.resource, field: place)
            self.init(pair: pair, name: nil, description: nil)
            return
        }
        guard let members = json.members else {
            problems.add(place, "wrong_type", "must be resource:action, or an object with resource and action")
            return nil
        }
        problems.addUnknown(
            members, known: ["resource", "action", "name", "description"], at: place, of: "a permission")
        let resource = problems.text(json, "resource", at: place) ?? ""
        let action = problems.text(json, "action", at: place) ?? ""
        problems += AccessProblems.part(resource, field: "resource").map { $0.within(place) }
        problems += AccessProblems.part(action, field: "action").map { $0.within(place) }
        let name = problems.text(json, "name", at: place)
        let granted = Permission.Pair(granting: resource, action: action)
        if let name, let granted {
            problems += AccessProblems.permissionName(name, of: granted).map { $0.within(place) }
        }
        let description = problems.text(json, "description", at: place)
        problems += AccessProblems.description(description ?? "").map { $0.within(place) }
        guard let pair = granted else { return nil }
        self.init(pair: pair, name: name, description: description)
    }

    /// What a new one is called.
    var newName: String { name ?? pair.description }

    var json: JSON {
        if name == nil, description == nil { return .string(pair.description) }
        var members = [
            JSON.Member("resource", .string(pair.resource)), JSON.Member("action", .string(pair.action)),
        ]
        name.map { members.append(JSON.Member("name", .string($0))) }
        description.map { members.append(JSON.Member("description", .string($0))) }
        return .object(members)
    }
}

extension RealmFile.RoleEntry {
    fileprivate init?(_ json: JSON, at place: String, _ problems: inout [FieldProblem]) {
        guard let members = json.members else {
            problems.add(place, "wrong_type", "must be an object with name and permissions")
            return nil
        }
        problems.addUnknown(
            members, known: ["name", "description", "rank", "permissions", "includes"], at: place, of: "a role")
        let name = problems.text(json, "name", at: place) ?? ""
        problems += AccessProblems.name(name, field: "\(place).name")
        let description = problems.text(json, "description", at: place)
        problems += AccessProblems.description(description ?? "").map { $0.within(place) }
        var rank: Int64?
        switch json["rank"] {
        case nil, .null: break
        case .integer(let number)?:
            rank = number
            problems += AccessProblems.rank(number).map { $0.within(place) }
        default: problems.add("\(place).rank", "wrong_type", "must be a whole number")
        }
        var included: [String] = []
        let names = RealmFile.list(json["includes"], "\(place).includes", atMost: RealmFile.mostRoles, &problems)
        for (index, element) in names.enumerated() {
            let inner = "\(place).includes[\(index)]"
            let found = AccessProblems.name(element.string ?? "", field: inner)
            problems += found
            guard found.isEmpty, let other = element.string else { continue }
            if included.contains(other) { problems.add(inner, "repeated", "must be given once") }
            included.append(other)
        }
        let saysIncludes = json["includes"].map { $0 != .null } ?? false
        var pairs: [Permission.Pair] = []
        let list = RealmFile.list(
            json["permissions"], "\(place).permissions", atMost: RealmFile.mostPermissions, &problems)
        for (index, element) in list.enumerated() {
            let inner = "\(place).permissions[\(index)]"
            guard let pair = element.string.flatMap({ Permission.Pair(granting: $0) }) else {
                problems.add(inner, "invalid_permission", "must be resource:action")
                continue
            }
            if pairs.contains(pair) { problems.add(inner, "repeated", "must be given once") }
            pairs.append(pair)
        }
        let says = json["permissions"].map { $0 != .null } ?? false
        self.init(
            name: name, description: description, rank: rank,
            permissions: says ? pairs.sorted { $0.description < $1.description } : nil,
            includes: saysIncludes ? included.sorted() : nil)
    }

    var json: JSON {
        var members = [JSON.Member("name", .string(name))]
        description.map { members.append(JSON.Member("description", .string($0))) }
        rank.map { members.append(JSON.Member("rank", .integer($0))) }
        if let includes { members.append(JSON.Member("includes", .array(includes.map { .string($0) }))) }
        if let permissions {
            members.append(JSON.Member("permissions", .array(permissions.map { .string($0.description) })))
        }
        return .object(members)
    }
}

extension [FieldProblem] {
    /// A member that must be text where it is there.
    fileprivate mutating func text(_ json: JSON, _ name: String, at place: String) -> String? {
        guard let value = json[name], value != .null else { return nil }
        if let text = value.string { return text }
        return reject("\(place).\(name)", "wrong_type", "must be text")
    }
}

extension FieldProblem {
    fileprivate func within(_ place: String) -> FieldProblem {
        FieldProblem(field: "\(place).\(field)", code: code, message: message)
    }
}
