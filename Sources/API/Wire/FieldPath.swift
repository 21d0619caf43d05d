/// Where a value stands in a request, such as `user.tags[2]`.
///
/// Kept in its parts: most requests have nothing wrong with them, and then it is never spelled out.
struct FieldPath: Sendable, ExpressibleByStringLiteral {
    private let base: String
    /// An element of ``base``; -1 for itself.
    private let index: Int
    /// A member of what the others say; empty for itself.
    private let name: String

    /// The whole of what is read.
    static let whole = FieldPath("")

    init(_ text: String) {
        self.init(text, -1, "")
    }

    init(stringLiteral text: String) {
        self.init(text)
    }

    private init(_ base: String, _ index: Int, _ name: String) {
        self.base = base
        self.index = index
        self.name = name
    }

    func member(_ name: String) -> FieldPath {
        self.name.isEmpty ? FieldPath(base, index, name) : FieldPath(text, -1, name)
    }

    /// Cheaper where the path is ``flat``.
    func element(_ index: Int) -> FieldPath { FieldPath(self.flat.base, index, "") }

    /// The same, spelled out once for many elements.
    var flat: FieldPath { index < 0 && name.isEmpty ? self : FieldPath(text) }

    /// Empty for ``whole``.
    var text: String {
        let start = index < 0 ? base : "\(base)[\(index)]"
        return name.isEmpty ? start : start.isEmpty ? name : "\(start).\(name)"
    }
}
