internal import Domain
internal import HTTP

/// What can be wrong with what a key shall be good for.
enum APIKeyProblems {
    static func name(_ name: String) -> [FieldProblem] {
        let problems = AccessProblems.name(name, field: "name")
        guard problems.isEmpty, name.utf8.elementsEqual(APIKeyHolder.environmentName.utf8) else { return problems }
        return [
            FieldProblem(
                field: "name", code: "reserved_name", message: "is the name of the key from the server's settings")
        ]
    }

    static func permissions(_ pairs: [Permission.Pair?], known: Set<Permission.Pair>) -> [FieldProblem] {
        guard pairs.count <= CreateAPIKey.mostPermissions else {
            return [tooMany("permissions", CreateAPIKey.mostPermissions)]
        }
        return pairs.enumerated().compactMap { place, pair in
            let field = "permissions[\(place)]"
            guard let pair else {
                return FieldProblem(
                    field: field, code: "invalid_permission", message: "must be a resource and an action, as in 'a:b'")
            }
            return known.contains(pair)
                ? nil : FieldProblem(field: field, code: "unknown", message: "is no permission of this realm")
        }
    }

    static func networks(_ blocks: [AddressBlock?]) -> [FieldProblem] {
        guard blocks.count <= CreateAPIKey.mostNetworks else { return [tooMany("networks", CreateAPIKey.mostNetworks)] }
        return blocks.enumerated().compactMap { place, block in
            block == nil
                ? FieldProblem(
                    field: "networks[\(place)]", code: "invalid_network",
                    message: "must be an address or a CIDR block such as 10.0.0.0/8, without bits after the prefix")
                : nil
        }
    }

    static func expiry(_ time: Timestamp?, at now: Timestamp) -> [FieldProblem] {
        guard let time, time <= now else { return [] }
        return [FieldProblem(field: "expires_at", code: "in_the_past", message: "must be in the future")]
    }

    private static func tooMany(_ field: String, _ most: Int) -> FieldProblem {
        FieldProblem(field: field, code: "too_many", message: "must be at most \(most)")
    }
}
