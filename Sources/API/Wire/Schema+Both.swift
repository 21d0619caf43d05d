internal import Flows
internal import Standards

extension Schema {
    /// The members of two shapes in one object, so that what several requests share is described once.
    static func both<First, Second>(_ first: Schema<First>, _ second: Schema<Second>) -> Schema
    where Value == (First, Second) {
        Schema(.object((first.description.members ?? []) + (second.description.members ?? []))) {
            json, path, problems in
            let one = first.read(json, path, &problems)
            // What is no object at all is said once.
            guard case .object = json else { return nil }
            let other = second.read(json, path, &problems)
            guard let one, let other else { return nil }
            return (one, other)
        } write: { value, output in
            // Only ever read: each half writes an object of its own.
            output.array { output in
                first.write(value.0, &output)
                second.write(value.1, &output)
            }
        }
    }
}
