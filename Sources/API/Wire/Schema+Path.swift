internal import HTTP
internal import Standards

extension Schema {
    /// Reads what stands in the places of a path's template as if it were the members of an object.
    func decode(path parameters: Parameters) throws(Invalid) -> Value {
        let fields = description.members ?? []
        return try decode(
            .object(
                fields.compactMap { field in
                    parameters[field.name].map { JSON.Member(field.name, Self.json($0, as: field.shape)) }
                }))
    }
}
