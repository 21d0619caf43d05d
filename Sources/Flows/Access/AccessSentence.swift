public import Domain

extension AccessAnswer {
    /// The answer in sentences, for people.
    public func sentences(about holder: String) -> [String] {
        let asked =
            switch question {
            case .role(let name): "have the role '\(name)'"
            case .permission(let name, nil): "\(name)"
            case .permission(let name, let instance?): "\(name) on \(instance)"
            }
        let verb =
            switch question {
            case .role: isAllowed ? "does" : "does not"
            case .permission: isAllowed ? "may" : "may not"
            }
        let first = "\(holder) \(verb) \(asked)."
        if let absence {
            switch absence {
            case .noSuchPermission: return [first, "There is no such permission, and nothing held covers it."]
            case .noSuchRole: return [first, "There is no such role."]
            case .notGiven: return [first, "It was never given, by whatever way."]
            }
        }
        return [first] + ways.map(\.sentence)
    }
}

extension AccessExplanation.Way {
    /// One way from the holder to what decides.
    public var sentence: String {
        let words = steps.map(\.words).joined(separator: ", ")
        let end =
            switch outcome {
            case .allows: "."
            case .expired: "; but that is over."
            case .otherInstance: "; but that is another instance."
            }
        return "Is or has: \(words)\(end)"
    }
}

extension AccessExplanation.Step {
    /// `member of group 'staff' until …`.
    public var words: String {
        switch self {
        case .memberOf(let group, let until): "member of group '\(group)'\(Self.end(until))"
        case .hasRole(let role, let until): "role '\(role)'\(Self.end(until))"
        case .includes(let role, let until): "which includes the role '\(role)'\(Self.end(until))"
        case .given(let pair, let instance, let until):
            "permission \(pair)\(instance.map { " on \($0)" } ?? "")\(Self.end(until))"
        case .builtIn(let right): "which holds \(right.rawValue) without being given it"
        }
    }

    /// The word that programs tell steps apart by.
    public var kind: String {
        switch self {
        case .memberOf: "group"
        case .hasRole: "role"
        case .includes: "inclusion"
        case .given(let pair, _, _): pair.isPattern ? "wildcard" : "permission"
        case .builtIn: "built_in"
        }
    }

    public var name: String {
        switch self {
        case .memberOf(let name, _), .hasRole(let name, _), .includes(let name, _): name
        case .given(let pair, _, _): pair.description
        case .builtIn(let right): right.rawValue
        }
    }

    public var instance: String? { if case .given(_, let instance, _) = self { instance } else { nil } }

    public var until: Timestamp? {
        switch self {
        case .memberOf(_, let until), .hasRole(_, let until), .includes(_, let until), .given(_, _, let until): until
        case .builtIn: nil
        }
    }

    private static func end(_ until: Timestamp?) -> String { until.map { " until \($0.iso8601)" } ?? "" }
}
