public import Domain
public import Standards
public import Storage

/// Finds whoever has a value that only one person can have.
public struct FindByAttribute: Sendable {
    let store: any Store
    let capabilities: Capabilities

    public enum Outcome: Sendable { case found(User), nobody, invalid([FieldProblem]) }

    /// - Parameter other: the value of the attribute that counts too, where there is one.
    public func callAsFunction(
        _ name: String, _ value: JSON, with other: JSON? = nil, in realm: Realm, by editor: ProfileEditor
    ) async throws(StoreFault) -> Outcome {
        guard let sheet = ProfileSheet(realm, capabilities) else {
            throw .unexpected("realm \(realm.name) was not opened")
        }
        guard let attribute = sheet.rules.attribute(name), attribute.isUnique,
            attribute.readers.contains(editor.party)
        else {
            return .invalid([
                FieldProblem(field: "attribute", code: "not_unique", message: "must be an attribute that is unique")
            ])
        }
        var problems: [FieldProblem] = []
        var values: ProfileValues = [:]
        values[attribute.name] = attribute.read(value, at: "value", &problems)
        if let second = attribute.uniqueWith.flatMap(sheet.rules.attribute) {
            if let other {
                values[second.name] = second.read(other, at: "with", &problems)
            } else {
                problems.add("with", "required", "is required: the value is unique with '\(second.name)' only")
            }
        }
        guard problems.isEmpty, let text = attribute.uniqueText(in: values) else { return .invalid(problems) }
        let wanted = UniqueValue(attribute: attribute.name, mac: sheet.mac(text, attribute))
        let user = try await store.read(in: .realm(realm.name)) { (reader) throws(StoreFault) -> User? in
            guard let id = try reader.holder(of: wanted, realm: realm.name) else { return nil }
            return try reader.user(id, realm: realm.name)
        }
        return user.map { .found($0) } ?? .nobody
    }
}
