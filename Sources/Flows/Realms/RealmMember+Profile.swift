internal import Domain
internal import HTTP
internal import Standards

extension RealmMember {
    /// The rows about which attributes its people have.
    static let ofProfile: [RealmMember] = [
        RealmMember(
            "profile.attributes", .profileAttributes,
            "What is known of people: each attribute's type, whether it must be there, be unique or be masked, who reads and who writes it.",
            value: { .profileAttributes($0.profile.attributes) },
            apply: { $1.profile.attributes = $0.profileAttributes }),
        RealmMember(
            "profile.assignments", .profileAssignments,
            "The rules that turn attributes into roles, kept up with every change of somebody's profile.",
            value: { .profileAssignments($0.profile.assignments) },
            apply: { $1.profile.assignments = $0.profileAssignments }),
    ]
}

extension RealmMember {
    func profileAttributes(_ json: JSON, _ path: String, _ problems: inout [FieldProblem]) -> JSON? {
        guard let elements = list(json, path, &problems) else { return nil }
        let before = problems.count
        var found: [ProfileAttribute] = []
        for (index, element) in elements.enumerated() {
            guard let attribute = ProfileAttribute(element, at: "\(path)[\(index)]", &problems) else { continue }
            if found.contains(where: { $0.name == attribute.name }) {
                problems.add("\(path)[\(index)].name", "repeated", "must be given once")
            }
            found.append(attribute)
        }
        return problems.count == before ? .profileAttributes(found) : nil
    }

    func profileAssignments(_ json: JSON, _ path: String, _ problems: inout [FieldProblem]) -> JSON? {
        guard let elements = list(json, path, &problems) else { return nil }
        let before = problems.count
        var found: [RoleAssignment] = []
        for (index, element) in elements.enumerated() {
            guard let rule = RoleAssignment(element, at: "\(path)[\(index)]", &problems) else { continue }
            if found.contains(rule) { problems.add("\(path)[\(index)]", "repeated", "must be given once") }
            found.append(rule)
        }
        return problems.count == before ? .profileAssignments(found) : nil
    }
}
