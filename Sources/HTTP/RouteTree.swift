/// What a ``Router`` searches: a tree with one level per segment, which knows routes by their number only.
///
/// Not generic, so that the search is compiled for what it is and asks the runtime for nothing.
struct RouteTree: Sendable {
    private var nodes = [Node()]
    /// By number, in the order in which they were added.
    private var routes: [Route] = []

    private struct Node: Sendable {
        var literals: [Literal] = []
        var parameter: Int?
        /// In the order of ``Method``.
        var routes: [Route] = []
    }

    private struct Literal: Sendable {
        let text: [UInt8]
        let node: Int
    }

    private struct Route: Sendable {
        let method: Method
        let number: Int
        let parameterNames: [String]
    }

    enum Match {
        /// With the values of the route's parameters.
        case found(Int, values: [String])
        case notFound
        case methodNotAllowed(allow: [Method])
    }

    /// The new route's number is the count of those before it.
    mutating func add(_ method: Method, _ template: String) throws(RouteFault) {
        let segments = try Self.parse(template)
        var node = 0
        var names: [String] = []
        for segment in segments {
            switch segment {
            case .literal(let text): node = child(of: node, literal: Array(text.utf8))
            case .parameter(let name):
                guard !names.contains(name) else { throw .malformedTemplate(template) }
                names.append(name)
                node = parameterChild(of: node)
            }
        }
        guard !nodes[node].routes.contains(where: { $0.method == method }) else {
            throw .repeatedRoute(method, template)
        }
        let route = Route(method: method, number: routes.count, parameterNames: names)
        nodes[node].routes.append(route)
        nodes[node].routes.sort { $0.method.order < $1.method.order }
        routes.append(route)
    }

    func parameterNames(of number: Int) -> [String] { routes[number].parameterNames }

    func match(_ method: Method, _ bytes: Span<UInt8>, _ path: Range<Int>) -> Match {
        guard !path.isEmpty, bytes[path.lowerBound] == UInt8(ascii: "/") else { return .notFound }
        var search = Search(method: method)
        if path.count == 1 {
            look(at: 0, &search)
        } else {
            descend(0, bytes, path.lowerBound + 1, path.upperBound, &search)
        }
        if let route = search.found { return .found(route, values: search.values) }
        guard !search.allowed.isEmpty else { return .notFound }
        return .methodNotAllowed(allow: Method.allCases.filter { search.allowed.contains($0) })
    }

    private struct Search {
        let method: Method
        var found: Int?
        var values: [String] = []
        var allowed: [Method] = []
    }

    /// Visits each node at most once, because every node has one way to it.
    private func descend(_ node: Int, _ bytes: Span<UInt8>, _ start: Int, _ pathEnd: Int, _ search: inout Search) {
        var end = start
        var isEncoded = false
        while end < pathEnd, bytes[end] != UInt8(ascii: "/") {
            isEncoded = isEncoded || bytes[end] == UInt8(ascii: "%")
            end += 1
        }
        guard end > start else { return }
        var decoded: String?
        if isEncoded {
            decoded = PercentDecoding.text(bytes, start..<end, plusIsSpace: false)
            guard let decoded, !PathSegments.isDotSegment(decoded.utf8) else { return }
        }
        for literal in nodes[node].literals {
            let isSame =
                if let decoded { decoded.utf8.elementsEqual(literal.text) } else {
                    bytes.equals(start..<end, literal.text)
                }
            guard isSame else { continue }
            arrive(at: literal.node, bytes, end, pathEnd, &search)
            break
        }
        guard search.found == nil, let parameter = nodes[node].parameter else { return }
        guard let value = decoded ?? PercentDecoding.text(bytes, start..<end, plusIsSpace: false),
            !PathSegments.isDotSegment(value.utf8)
        else { return }
        search.values.append(value)
        arrive(at: parameter, bytes, end, pathEnd, &search)
        if search.found == nil { search.values.removeLast() }
    }

    private func arrive(at node: Int, _ bytes: Span<UInt8>, _ end: Int, _ pathEnd: Int, _ search: inout Search) {
        if end == pathEnd { look(at: node, &search) } else { descend(node, bytes, end + 1, pathEnd, &search) }
    }

    private func look(at node: Int, _ search: inout Search) {
        let routes = nodes[node].routes
        if let route = routes.first(where: { $0.method == search.method }) {
            search.found = route.number
        } else if search.method == .head, let route = routes.first(where: { $0.method == .get }) {
            search.found = route.number
        } else {
            for route in routes {
                search.allowed.append(route.method)
                if route.method == .get { search.allowed.append(.head) }
            }
        }
    }

    // MARK: Building

    private enum Segment {
        case literal(String)
        case parameter(String)
    }

    private static func parse(_ template: String) throws(RouteFault) -> [Segment] {
        guard template.utf8.first == UInt8(ascii: "/") else { throw .malformedTemplate(template) }
        if template.utf8.count == 1 { return [] }
        var segments: [Segment] = []
        for part in template.dropFirst().split(separator: "/", omittingEmptySubsequences: false) {
            let isParameter = part.utf8.first == UInt8(ascii: "{") && part.utf8.last == UInt8(ascii: "}")
            let text = isParameter ? part.dropFirst().dropLast() : part
            guard !text.isEmpty, !PathSegments.isDotSegment(text.utf8),
                text.utf8.allSatisfy({ OctetSet.path.contains($0) && $0 != UInt8(ascii: "%") })
            else { throw .malformedTemplate(template) }
            segments.append(isParameter ? .parameter(String(text)) : .literal(String(text)))
        }
        return segments
    }

    private mutating func child(of node: Int, literal text: [UInt8]) -> Int {
        if let child = nodes[node].literals.first(where: { $0.text == text }) { return child.node }
        nodes.append(Node())
        nodes[node].literals.append(Literal(text: text, node: nodes.count - 1))
        return nodes.count - 1
    }

    private mutating func parameterChild(of node: Int) -> Int {
        if let child = nodes[node].parameter { return child }
        nodes.append(Node())
        nodes[node].parameter = nodes.count - 1
        return nodes.count - 1
    }
}

extension Span<UInt8> {
    fileprivate func equals(_ range: Range<Int>, _ text: [UInt8]) -> Bool {
        guard range.count == text.count else { return false }
        for offset in 0..<text.count where self[range.lowerBound + offset] != text[offset] { return false }
        return true
    }
}

extension Method {
    fileprivate var order: Int { Method.allCases.firstIndex(of: self) ?? 0 }
}
