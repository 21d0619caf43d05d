internal import Domain
internal import Standards
internal import Storage

/// What a file says otherwise than a realm is, and what has to be done about it.
struct RealmPlan: Sendable {
    /// As it is; `nil` without a row.
    let stored: StoredRealm?
    /// As it shall be.
    let document: RealmDocument
    let settings: [RealmDifference]
    let steps: [RealmStep]
    let problems: [FieldProblem]
    let isNew: Bool

    var differences: [RealmDifference] {
        (isNew ? [RealmDifference(name: "realm", from: nil, to: .string(name.text))] : []) + settings
            + steps.map(\.difference)
    }

    private let name: RealmName

    /// - Parameter standard: what a new realm begins with.
    init(
        _ file: RealmFile, standard: Role?, _ reader: any StoreReader, _ capabilities: Capabilities
    ) throws(StoreFault) {
        name = file.realm
        stored = try reader.realm(named: name)
        isNew = stored == nil && !name.alwaysExists
        let before = stored.map(RealmDocument.init) ?? RealmDocument()
        document = file.saysWhetherEnabled ? file.document : file.document.with(isEnabled: before.isEnabled)
        settings = before.differences(to: document)
        let present = try reader.permissions(realm: name, resource: nil)
        var roles: [Present] = []
        // Which role includes which matters only where the file speaks of it; then of every role.
        let speaksOfIncludes = file.roles.contains { $0.includes != nil }
        for role in try reader.roles(realm: name)
        where speaksOfIncludes || file.roles.contains(where: { $0.name == role.name }) {
            var includes: [String] = []
            if speaksOfIncludes {
                for entry in try reader.entries(of: .role(role.id), realm: name) {
                    if case .role = entry.held { includes.append(entry.heldName) }
                }
            }
            roles.append(
                Present(
                    role: role, permissions: try reader.permissions(of: role.id, realm: name), includes: includes))
        }
        if isNew, let standard { roles.append(Present(role: standard, permissions: [], includes: [])) }
        var drawn = Drawing(realm: name, permissions: present, roles: roles, capabilities: capabilities)
        for entry in file.permissions { drawn.draw(entry) }
        for entry in file.roles { drawn.draw(entry, known: file.permissions.map(\.pair)) }
        if speaksOfIncludes { drawn.drawIncludes(file.roles) }
        steps = drawn.steps
        problems = drawn.problems
    }

    fileprivate struct Present {
        let role: Role
        let permissions: [Permission]
        let includes: [String]
    }
}

/// One thing to be done to a realm's permissions and roles; doing it again changes nothing.
enum RealmStep: Sendable {
    case createPermission(Permission)
    case changePermission(from: Permission, to: Permission)
    case createRole(Role)
    case changeRole(from: Role, to: Role)
    case give(Permission.Pair, role: String)
    case take(Permission.Pair, role: String)
    case include(String, role: String)
    case exclude(String, role: String)

    var difference: RealmDifference {
        switch self {
        case .createPermission(let new):
            RealmDifference(name: "permission \(new.pair)", from: nil, to: new.shown)
        case .changePermission(let old, let new):
            RealmDifference(name: "permission \(new.pair)", from: old.shown, to: new.shown)
        case .createRole(let new): RealmDifference(name: "role \(new.name)", from: nil, to: .string(new.description))
        case .changeRole(let old, let new):
            RealmDifference(name: "role \(new.name)", from: old.shown(besides: new), to: new.shown(besides: old))
        case .give(let pair, let role):
            RealmDifference(name: "role \(role) permission", from: nil, to: .string(pair.description))
        case .take(let pair, let role):
            RealmDifference(name: "role \(role) permission", from: .string(pair.description), to: nil)
        case .include(let included, let role):
            RealmDifference(name: "role \(role) includes", from: nil, to: .string(included))
        case .exclude(let included, let role):
            RealmDifference(name: "role \(role) includes", from: .string(included), to: nil)
        }
    }
}

extension Role {
    /// Its description, and its rank where that differs from the other's.
    fileprivate func shown(besides other: Role) -> JSON {
        rank == other.rank ? .string(description) : ["description": .string(description), "rank": .integer(rank)]
    }
}

extension Permission {
    fileprivate var shown: JSON { ["name": .string(name), "description": .string(description)] }
}

/// The steps from what there is to what a file says.
private struct Drawing {
    let realm: RealmName
    let permissions: [Permission]
    let roles: [RealmPlan.Present]
    let capabilities: Capabilities
    var steps: [RealmStep] = []
    var problems: [FieldProblem] = []
    private var made: Set<Permission.Pair> = []

    init(
        realm: RealmName, permissions: [Permission], roles: [RealmPlan.Present], capabilities: Capabilities
    ) {
        self.realm = realm
        self.permissions = permissions
        self.roles = roles
        self.capabilities = capabilities
    }

    mutating func draw(_ entry: RealmFile.PermissionEntry) {
        let old = permissions.first { $0.pair == entry.pair }
        let new = Permission(
            id: old?.id ?? capabilities.id(), realm: realm, name: entry.name ?? old?.name ?? entry.newName,
            description: entry.description ?? old?.description ?? "", pair: entry.pair,
            createdAt: old?.createdAt ?? capabilities.now())
        if permissions.contains(where: { $0.pair != entry.pair && $0.name.utf8.elementsEqual(new.name.utf8) }) {
            problems.add("permissions", "taken", "'\(new.name)' is the name of another permission than \(entry.pair)")
        }
        guard let old else {
            steps.append(.createPermission(new))
            return
        }
        let isSame =
            old.name.utf8.elementsEqual(new.name.utf8) && old.description.utf8.elementsEqual(new.description.utf8)
        if !isSame { steps.append(.changePermission(from: old, to: new)) }
    }

    mutating func draw(_ entry: RealmFile.RoleEntry, known: [Permission.Pair]) {
        let present = roles.first { $0.role.name.utf8.elementsEqual(entry.name.utf8) }
        let role = Role(
            id: present?.role.id ?? capabilities.id(), realm: realm, name: entry.name,
            description: entry.description ?? present?.role.description ?? "",
            rank: entry.rank ?? present?.role.rank, version: (present?.role.version ?? 0) + 1,
            createdAt: present?.role.createdAt ?? capabilities.now())
        if let present {
            let isSame = present.role.description.utf8.elementsEqual(role.description.utf8)
            if !isSame || present.role.rank != role.rank {
                steps.append(.changeRole(from: present.role, to: role))
            }
        } else {
            steps.append(.createRole(role))
        }
        guard let wanted = entry.permissions else { return }
        for pair in wanted where !known.contains(pair) && !permissions.contains(where: { $0.pair == pair }) {
            guard AdminRight.allows(pair) else {
                problems.add(
                    "roles", "no_such_permission", "role '\(entry.name)' is to give \(pair), which does not exist")
                continue
            }
            // What administration is made of need not be spelled out: it is made with its first grant.
            if made.insert(pair).inserted {
                steps.append(
                    .createPermission(
                        Permission(
                            id: capabilities.id(), realm: realm, name: pair.description, description: "", pair: pair,
                            createdAt: capabilities.now())))
            }
        }
        let held = (present?.permissions ?? []).map(\.pair)
        for pair in wanted where !held.contains(pair) { steps.append(.give(pair, role: entry.name)) }
        for pair in held where !wanted.contains(pair) { steps.append(.take(pair, role: entry.name)) }
    }

    /// After every role, because one may include another that the file makes.
    mutating func drawIncludes(_ entries: [RealmFile.RoleEntry]) {
        var includes: [String: [String]] = [:]
        for present in roles { includes[present.role.name] = present.includes }
        for entry in entries {
            let held = includes[entry.name] ?? []
            let wanted = entry.includes ?? held
            for name in wanted where includes[name] == nil && !entries.contains(where: { $0.name == name }) {
                problems.add(
                    "roles", "no_such_role", "role '\(entry.name)' is to include '\(name)', which does not exist")
            }
            for name in wanted where !held.contains(name) { steps.append(.include(name, role: entry.name)) }
            for name in held where !wanted.contains(name) { steps.append(.exclude(name, role: entry.name)) }
            includes[entry.name] = wanted
        }
        for entry in entries where entry.includes != nil && Self.comesBack(entry.name, includes) {
            problems.add("roles", "cycle", "role '\(entry.name)' would include itself")
        }
    }

    private static func comesBack(_ name: String, _ includes: [String: [String]]) -> Bool {
        var seen: Set<String> = []
        var open = includes[name] ?? []
        while let next = open.popLast() {
            if next == name { return true }
            if seen.insert(next).inserted { open += includes[next] ?? [] }
        }
        return false
    }
}
