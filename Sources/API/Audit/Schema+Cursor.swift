internal import Flows
internal import Standards
internal import Storage

extension Schema where Value == EventPosition {
    /// A place in the log, opaque to clients: what a position is made of may change.
    static var cursor: Schema {
        Schema(.text(characters: 22...22, bytes: 22...22, example: "AAAAAAAAAAAAAAAAAAAAKg")) { json, path, problems in
            guard case .string(let text) = json, let position = EventPosition(cursor: text) else {
                return problems.add(path, .wrongType("a value of `next`"))
            }
            return position
        } write: { value, output in
            output.string(value.cursor)
        }
    }
}
