internal import Domain
internal import Standards

/// How rules stand in a realm's document: `{"attribute": "oab", "present": true, "role": "advogado"}`.
extension RoleAssignment {
    private static let members = ["attribute", "present", "equals", "in", "role", "self"]

    var json: JSON {
        var members = [JSON.Member("attribute", .string(attribute))]
        switch condition {
        case .present: members.append(JSON.Member("present", true))
        case .isOneOf(let values) where values.count == 1:
            members.append(JSON.Member("equals", values[0].json))
        case .isOneOf(let values): members.append(JSON.Member("in", .array(values.map(\.json))))
        }
        members.append(JSON.Member("role", .string(role)))
        if isForOwner { members.append(JSON.Member("self", true)) }
        return .object(members)
    }

    /// `nil` where something is wrong, all of which is then in `problems`.
    init?(_ json: JSON, at place: String, _ problems: inout [FieldProblem]) {
        let before = problems.count
        guard let members = json.members else {
            problems.add(place, "wrong_type", "must be an object with attribute and role")
            return nil
        }
        problems.addUnknown(members, known: Self.members, at: place, of: "an assignment")
        let attribute = json["attribute"]?.string ?? ""
        if !ProfileAttribute.isValidName(attribute) {
            problems.add("\(place).attribute", "invalid_name", "must be an attribute's name")
        }
        let role = json["role"]?.string ?? ""
        problems += AccessProblems.name(role, field: "\(place).role")
        let isForOwner = problems.flag(json, "self", at: place)
        if isForOwner, role.utf8.elementsEqual(Role.adminName.utf8) {
            problems.add("\(place).self", "not_allowed", "cannot be true for administrators")
        }
        var conditions: [Condition] = []
        if problems.flag(json, "present", at: place) { conditions.append(.present) }
        if let value = problems.given(json, "equals") {
            if let value = AttributeValue(value) {
                conditions.append(.isOneOf([value]))
            } else {
                problems.add("\(place).equals", "wrong_type", "must be text, a whole number or a truth value")
            }
        }
        if let list = problems.given(json, "in") {
            let values = (list.array ?? []).compactMap(AttributeValue.init)
            if let count = list.array?.count, (1...200).contains(count), values.count == count {
                conditions.append(.isOneOf(values))
            } else {
                problems.add("\(place).in", "wrong_type", "must be a list of 1 to 200 values")
            }
        }
        if conditions.count != 1, problems.count == before {
            problems.add(place, "invalid_condition", "must have one of: present, equals, in")
        }
        guard conditions.count == 1, problems.count == before else { return nil }
        self.init(attribute: attribute, condition: conditions[0], role: role, isForOwner: isForOwner)
    }
}

extension AttributeValue {
    var json: JSON {
        switch self {
        case .text(let text): .string(text)
        case .integer(let number): .integer(number)
        case .flag(let flag): .bool(flag)
        }
    }

    /// `nil` for what no attribute can be.
    init?(_ json: JSON) {
        switch json {
        case .string(let text): self = .text(text)
        case .integer(let number): self = .integer(number)
        case .bool(let flag): self = .flag(flag)
        case .null, .number, .array, .object: return nil
        }
    }
}

extension JSON {
    static func profileAssignments(_ list: [RoleAssignment]) -> JSON { .array(list.map(\.json)) }

    var profileAssignments: [RoleAssignment] {
        var ignored: [FieldProblem] = []
        return (array ?? []).compactMap { RoleAssignment($0, at: "", &ignored) }
    }
}

extension ProfileRules {
    /// What is wrong with attributes and assignments together, where each alone is good.
    var problems: [FieldProblem] {
        var problems: [FieldProblem] = []
        for (index, attribute) in attributes.enumerated() {
            guard let other = attribute.uniqueWith else { continue }
            if other == attribute.name || !kept.contains(where: { $0.name == other }) {
                problems.add(
                    "profile.attributes[\(index)].unique_with", "no_such_attribute", "must name another attribute")
            }
        }
        for (index, rule) in assignments.enumerated() {
            let place = "profile.assignments[\(index)]"
            guard let attribute = kept.first(where: { $0.name == rule.attribute }) else {
                problems.add("\(place).attribute", "no_such_attribute", "must be one of profile.attributes")
                continue
            }
            guard case .isOneOf(let values) = rule.condition else { continue }
            var ignored: [FieldProblem] = []
            let fits = values.allSatisfy { value in
                attribute.read(value.json, at: place, &ignored)?.isSame(as: value) ?? false
            }
            if !fits {
                problems.add(place, "invalid_value", "must compare with values that '\(rule.attribute)' can have")
            }
        }
        return problems
    }
}
