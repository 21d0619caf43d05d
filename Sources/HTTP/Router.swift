/// Finds what answers a method and a path, among templates such as `/api/users/{id}`.
///
/// Literal segments are compared after percent-decoding, and win over `{parameter}`.
/// Paths are what they say: a trailing or doubled slash, a dot segment, an empty parameter or
/// malformed encoding is simply not found, so that two spellings never reach one resource unnoticed.
public struct Router: Sendable {
    private var tree = RouteTree()

    public enum Match: Sendable {
        /// The route's number: how many were added before it.
        case found(Int, Parameters)
        case notFound
        /// The path exists, for these methods only, in the order of ``Method``: the value of `Allow`.
        case methodNotAllowed(allow: [Method])
    }

    public init() {}

    /// Adds a route. HEAD is answered by the route for GET unless it has one of its own.
    ///
    /// - Throws: ``RouteFault``; routes come from the source, so this is seen at the first start.
    public mutating func add(_ method: Method, _ template: String) throws(RouteFault) {
        try tree.add(method, template)
    }

    public func match(_ request: Request) -> Match {
        match(request.withPath { tree.match(request.method, $0, $1) })
    }

    /// Matches what is left of the path when its first `offset` bytes are cut off, by the same rules.
    ///
    /// So `/realms/{realm}` in front of every route costs no text and no second tree. What is left begins with a slash
    /// or is not found.
    public func match(_ request: Request, from offset: Int) -> Match {
        match(
            request.withPath { bytes, path in
                guard (0..<path.count).contains(offset) else { return .notFound }
                return tree.match(request.method, bytes, path.lowerBound + offset..<path.upperBound)
            })
    }

    /// For paths that are not part of a request; `path` is still percent-encoded.
    public func match(_ method: Method, path: String) -> Match {
        let bytes = Array(path.utf8)
        return match(tree.match(method, bytes.span, 0..<bytes.count))
    }

    private func match(_ match: RouteTree.Match) -> Match {
        switch match {
        case .found(let number, let values):
            if values.isEmpty { return .found(number, .none) }
            return .found(number, Parameters(names: tree.parameterNames(of: number), values: values))
        case .notFound: return .notFound
        case .methodNotAllowed(let allow): return .methodNotAllowed(allow: allow)
        }
    }
}

/// Why a route cannot be added.
public enum RouteFault: Error, Equatable, Sendable {
    /// No leading slash, an empty or dot segment, characters a path cannot hold, or a parameter named twice.
    case malformedTemplate(String)
    case repeatedRoute(Method, String)
}

/// What stood in the places of `{name}`, percent-decoded.
public struct Parameters: Sendable {
    private let names: [String]
    private let values: [String]

    public static let none = Parameters(names: [], values: [])

    init(names: [String], values: [String]) {
        self.names = names
        self.values = values
    }

    /// Never empty, never a dot segment; it may hold a slash that was sent as `%2F`.
    public subscript(name: String) -> String? {
        for (index, candidate) in names.enumerated() where candidate == name { return values[index] }
        return nil
    }
}
