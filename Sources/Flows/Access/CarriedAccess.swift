public import Domain
internal import Standards

/// What of somebody's grants travels in a token or in header fields: all of it, unless it is too much for a header.
///
/// What is left out is named, and `GET /api/auth/permissions` tells it. A reader that does not know of that sees less than
/// is held, never more.
public struct CarriedAccess: Sendable {
    public let roles: [String]
    public let groups: [String]
    public let permissions: [String]
    /// Which of the three are empty because they were too long together.
    public let leftOut: [String]

    /// How long the three may be together, in bytes, with a separator behind each name.
    public static let mostBytes = 4_096

    public init(_ grants: Grants) {
        func size(_ names: [String]) -> Int { names.reduce(0) { $0 + $1.utf8.count + 1 } }
        let all = [("roles", grants.roles), ("groups", grants.groups), ("permissions", grants.permissions)]
        var room = Self.mostBytes
        var carried: [String: [String]] = [:]
        var leftOut: [String] = []
        for (name, names) in all {
            if size(names) <= room {
                carried[name] = names
                room -= size(names)
            } else {
                leftOut.append(name)
            }
        }
        roles = carried["roles"] ?? []
        groups = carried["groups"] ?? []
        permissions = carried["permissions"] ?? []
        self.leftOut = leftOut
    }

    /// As claims of a JWT; `left_out` only where something was.
    var claims: [JSON.Member] {
        func list(_ names: [String]) -> JSON { .array(names.map { .string($0) }) }
        return [
            JSON.Member("roles", list(roles)), JSON.Member("groups", list(groups)),
            JSON.Member("permissions", list(permissions)),
        ] + (leftOut.isEmpty ? [] : [JSON.Member("left_out", list(leftOut))])
    }
}
