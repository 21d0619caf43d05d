internal import Flows
internal import Standards
internal import Storage

extension Schema where Value == EventPosition {
    /// A place in the log, opaque to clients: what a position is made of may change.
    static var cursor: Schema {
        Schema(.pattern(pattern, example: "AAAAAAAAAAAAAAAAAAAAKg")) { json, path, problems in
            guard case .string(let text) = json, let position = EventPosition(cursor: text) else {
                return problems.add(path, .wrongType("a value of `next`"))
            }
            return position
        } write: { value, output in
            output.string(value.cursor)
        }
    }

    /// Two whole numbers of 64 bits in base64url: the bits of their signs, and the four that are left over, are 0.
    private static var pattern: String {
        "^[A-Za-f][A-Za-z0-9_-]{9}[ABEFIJMNQRUVYZcdghklopstwx014589][A-Za-z0-9_-]{10}[AQgw]$"
    }
}
