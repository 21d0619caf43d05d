internal import Domain
public import Standards

/// What is to change in a realm's document: each value in its canonical form, or `nil` for what is to be removed.
public struct RealmPatch: Sendable {
    /// By the member's name.
    let values: [String: JSON?]

    public var isEmpty: Bool { values.isEmpty }

    /// Whether a member is spoken of at all, be it to set or to remove it.
    func mentions(_ name: String) -> Bool { values[name] != nil }

    private init(_ values: [String: JSON?]) { self.values = values }

    /// What it says of everything but those members.
    func without(_ names: Set<String>) -> RealmPatch { RealmPatch(values.filter { !names.contains($0.key) }) }

    /// What it sets, and every other of those members removed.
    func removingOthers(of names: [String]) -> RealmPatch {
        RealmPatch(values.merging(names.map { ($0, JSON?.none) }) { own, _ in own })
    }

    static let empty = RealmPatch([:])

    /// Reads an object in which `null` stands for what is to be removed.
    ///
    /// - Throws: ``InvalidRealm`` with everything that is wrong, not only the first.
    public init(_ json: JSON) throws(InvalidRealm) {
        var problems: [FieldProblem] = []
        self.init(reading: json, besides: [], &problems)
        guard problems.isEmpty else { throw InvalidRealm(problems) }
    }

    /// - Parameter others: names that the object may also have, and that somebody else reads.
    init(reading json: JSON, besides others: [String], _ problems: inout [FieldProblem]) {
        guard let members = json.members else {
            problems.add("body", "wrong_type", "must be an object")
            self.init([:])
            return
        }
        problems.addUnknown(members, known: others + RealmMember.all.map { $0.path[0] }, at: "", of: "a realm")
        var values: [String: JSON?] = [:]
        var groups: [String] = []
        for row in RealmMember.all {
            guard let given = members.first(where: { $0.name.utf8.elementsEqual(row.path[0].utf8) })?.value else {
                continue
            }
            guard row.path.count == 2 else {
                Self.read(given, as: row, into: &values, &problems)
                continue
            }
            let inner: [JSON.Member]
            switch given {
            case .null: inner = [JSON.Member(row.path[1], .null)]
            case .object(let found): inner = found
            case .bool, .integer, .number, .string, .array:
                if !groups.contains(row.path[0]) { problems.add(row.path[0], "wrong_type", "must be an object") }
                groups.append(row.path[0])
                continue
            }
            if !groups.contains(row.path[0]) {
                let known = RealmMember.all.filter { $0.path.count == 2 && $0.path[0] == row.path[0] }.map {
                    $0.path[1]
                }
                problems.addUnknown(inner, known: known, at: row.path[0], of: "'\(row.path[0])'")
            }
            groups.append(row.path[0])
            if let value = inner.first(where: { $0.name.utf8.elementsEqual(row.path[1].utf8) })?.value {
                Self.read(value, as: row, into: &values, &problems)
            }
        }
        self.init(values)
    }

    /// Reads what was typed: `member=value`, and the names of members that are to be removed.
    ///
    /// - Throws: ``InvalidRealm`` with everything that is wrong, not only the first.
    public init(setting assignments: [String], removing names: [String] = []) throws(InvalidRealm) {
        var values: [String: JSON?] = [:]
        var problems: [FieldProblem] = []
        func take(_ name: String, _ text: String?) {
            guard let row = RealmMember.named(name) else {
                problems.addUnknown(
                    [JSON.Member(name, .null)], known: RealmMember.all.map(\.name), at: "", of: "a realm")
                return
            }
            if values[row.name] != nil { problems.add(row.name, "repeated", "must be given once") }
            Self.read(text.map(row.json(typed:)) ?? .null, as: row, into: &values, &problems)
        }
        for assignment in assignments {
            let parts = assignment.utf8.split(
                separator: UInt8(ascii: "="), maxSplits: 1, omittingEmptySubsequences: false)
            let name = String(Substring(parts[0]))
            guard parts.count == 2 else {
                problems.add(name, "invalid_assignment", "must be written member=value")
                continue
            }
            take(name, String(Substring(parts[1])))
        }
        for name in names { take(name, nil) }
        guard problems.isEmpty else { throw InvalidRealm(problems) }
        self.init(values)
    }

    private static func read(
        _ json: JSON, as row: RealmMember, into values: inout [String: JSON?], _ problems: inout [FieldProblem]
    ) {
        if case .null = json {
            values[row.name] = .some(nil)
            return
        }
        guard let value = row.read(json, at: row.name, &problems) else { return }
        // That a realm serves is what holds anyway.
        values[row.name] = row.name == RealmMember.enabled && value == true ? .some(nil) : value
    }
}

/// What is wrong with a realm's document; never empty.
public struct InvalidRealm: Error, Sendable {
    public let problems: [FieldProblem]

    public init(_ problems: [FieldProblem]) { self.problems = problems }
}

extension RealmMember {
    /// What somebody typed on a command line, as the JSON that was probably meant.
    fileprivate func json(typed text: String) -> JSON {
        switch kind {
        case .boolean:
            switch text {
            case "true", "yes": return true
            case "false", "no": return false
            default: return .string(text)
            }
        case .integer, .seconds, .keyRotation:
            let isNumber = (1...18).contains(text.utf8.count) && text.utf8.allSatisfy { (48...57).contains($0) }
            return isNumber ? Int64(text).map { .integer($0) } ?? .string(text) : .string(text)
        case .choice, .origin, .address, .mailbox, .line: return .string(text)
        case .wording, .letters: return (try? JSON.parse(text)) ?? .string(text)
        case .profileAttributes, .profileAssignments: return (try? JSON.parse(text)) ?? .string(text)
        case .documents: return (try? JSON.parse(text)) ?? .string(text)
        case .integers:
            if text.utf8.first == UInt8(ascii: "[") { return (try? JSON.parse(text)) ?? .string(text) }
            return .array(
                text.utf8.split(separator: UInt8(ascii: ",")).map { part in
                    let word = String(Substring(part))
                    return Int64(word).map { .integer($0) } ?? .string(word)
                })
        case .choices, .origins, .applications:
            if text.utf8.first == UInt8(ascii: "[") { return (try? JSON.parse(text)) ?? .string(text) }
            let elements = text.utf8.split(separator: UInt8(ascii: ","), omittingEmptySubsequences: text.isEmpty)
                .map { String(Substring($0)) }
            guard kind == .applications else { return .words(elements) }
            return .array(
                elements.map { element in
                    let parts = element.utf8.split(separator: UInt8(ascii: "="), maxSplits: 1).map {
                        String(Substring($0))
                    }
                    guard parts.count == 2 else { return .string(element) }
                    return ["name": .string(parts[0]), "origin": .string(parts[1])]
                })
        }
    }
}
