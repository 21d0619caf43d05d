internal import Domain
internal import HTTP
internal import Standards

extension RealmMember {
    /// The value in its canonical form; `nil` where something is wrong with it, all of which is then in `problems`.
    func read(_ json: JSON, at path: String, _ problems: inout [FieldProblem]) -> JSON? {
        switch kind {
        case .boolean:
            if case .bool = json { return json }
            return problems.reject(path, "wrong_type", "must be true or false")
        case .integer(let range), .seconds(let range):
            guard case .integer(let value) = json else {
                return problems.reject(path, "wrong_type", "must be a whole number")
            }
            if range.contains(value) { return json }
            return problems.reject(path, "out_of_range", "must be from \(range.lowerBound) to \(range.upperBound)")
        case .keyRotation:
            if let time = json.keyRotation { return .keyRotation(time) }
            return problems.reject(path, "invalid_rotation", "must be \(KeyRotation.allowed)")
        case .choice(let words):
            if let word = json.string, words.contains(where: { $0.utf8.elementsEqual(word.utf8) }) { return json }
            return problems.reject(path, "not_one_of", "must be one of: \(words.joined(separator: ", "))")
        case .choices(let words, let inOrder): return choices(json, of: words, inOrder: inOrder, path, &problems)
        case .origin:
            guard let origin = json.string.flatMap(Origin.init), WebHost.isSafe(origin) else {
                return problems.reject(
                    path, "invalid_url",
                    "must be https://host[:port] without a path, or http:// on a loopback host")
            }
            return .string(origin.description)
        case .origins: return origins(json, path, &problems)
        case .address:
            guard let text = json.string, text.utf8.count <= Self.longestAddress,
                let origin = WebHost.origin(ofAddress: text), WebHost.isSafe(origin)
            else {
                return problems.reject(
                    path, "invalid_url",
                    "must be an absolute https:// URL of at most \(Self.longestAddress) bytes, or http:// on a loopback host"
                )
            }
            return json
        case .mailbox:
            if let text = json.string, Self.isMailbox(text) { return json }
            return problems.reject(path, "invalid_mailbox", "must be an e-mail address, or 'name <address>'")
        case .line(let longest): return line(json, longest, path, &problems)
        case .wording(let longest): return wording(json, longest, path, &problems)
        case .letters: return letters(json, path, &problems)
        case .applications: return applications(json, path, &problems)
        case .profileAttributes: return profileAttributes(json, path, &problems)
        case .profileAssignments: return profileAssignments(json, path, &problems)
        case .documents: return documents(json, path, &problems)
        case .integers(let range): return integers(json, in: range, path, &problems)
        }
    }

    private func choices(
        _ json: JSON, of words: [String], inOrder: Bool, _ path: String, _ problems: inout [FieldProblem]
    ) -> JSON? {
        guard let elements = list(json, path, &problems) else { return nil }
        guard !elements.isEmpty else { return problems.reject(path, "too_short", "must have at least 1 element") }
        let before = problems.count
        var chosen: [String] = []
        for (index, element) in elements.enumerated() {
            guard let word = element.string, words.contains(where: { $0.utf8.elementsEqual(word.utf8) }) else {
                problems.add("\(path)[\(index)]", "not_one_of", "must be one of: \(words.joined(separator: ", "))")
                continue
            }
            if chosen.contains(word) { problems.add("\(path)[\(index)]", "repeated", "must be given once") }
            chosen.append(word)
        }
        guard problems.count == before else { return nil }
        return .words(inOrder ? chosen : words.filter(chosen.contains))
    }

    private func origins(_ json: JSON, _ path: String, _ problems: inout [FieldProblem]) -> JSON? {
        guard let elements = list(json, path, &problems) else { return nil }
        let before = problems.count
        var found: [String] = []
        for (index, element) in elements.enumerated() {
            guard let origin = element.string.flatMap(Origin.init)?.description else {
                problems.add(
                    "\(path)[\(index)]", "invalid_origin", "must be an exact origin such as https://app.example.com")
                continue
            }
            if found.contains(origin) { problems.add("\(path)[\(index)]", "repeated", "must be given once") }
            found.append(origin)
        }
        return problems.count == before ? .words(found.sorted()) : nil
    }

    private func applications(_ json: JSON, _ path: String, _ problems: inout [FieldProblem]) -> JSON? {
        guard let elements = list(json, path, &problems) else { return nil }
        let before = problems.count
        var found: [Application] = []
        for (index, element) in elements.enumerated() {
            let place = "\(path)[\(index)]"
            guard let members = element.members else {
                problems.add(place, "wrong_type", "must be an object with name and origin")
                continue
            }
            problems.addUnknown(members, known: ["name", "origin"], at: place, of: "an application")
            let name = element["name"]?.string ?? ""
            problems += AccessProblems.name(name, field: "\(place).name")
            let origin = element["origin"]?.string.flatMap(Origin.init)
            guard let origin, WebHost.isSafe(origin) else {
                problems.add(
                    "\(place).origin", "invalid_origin",
                    "must be an origin such as https://app.example.com, over TLS or on a loopback host")
                continue
            }
            if found.contains(where: { $0.name.utf8.elementsEqual(name.utf8) }) {
                problems.add("\(place).name", "repeated", "must be given once")
            }
            // A host serves one application, whatever the scheme.
            if found.contains(where: { WebHost.name(of: $0.origin) == WebHost.name(of: origin) }) {
                problems.add("\(place).origin", "repeated", "must have a host of its own")
            }
            found.append(Application(name: name, origin: origin))
        }
        return problems.count == before ? .applications(found) : nil
    }

    func list(_ json: JSON, _ path: String, _ problems: inout [FieldProblem]) -> [JSON]? {
        guard let elements = json.array else { return problems.reject(path, "wrong_type", "must be a list") }
        if elements.count <= Self.longestList { return elements }
        return problems.reject(path, "too_long", "must have at most \(Self.longestList) elements")
    }

    /// Nothing that could begin another field of a mail's head, and an address that mail may be sent from.
    private static func isMailbox(_ text: String) -> Bool {
        let bytes = Array(text.utf8)
        guard bytes.count <= 320, bytes.allSatisfy({ $0 >= 0x20 && $0 != 0x7F }) else { return false }
        guard let open = bytes.lastIndex(of: UInt8(ascii: "<")) else { return isAddress(text) }
        let name = bytes[..<open]
        guard bytes.last == UInt8(ascii: ">"), name.last == 0x20, name.count > 1, name.first != 0x20,
            name.allSatisfy({ !#"<>",;:@\"#.utf8.contains($0) })
        else { return false }
        return isAddress(String(decoding: bytes[(open + 1)...].dropLast(), as: UTF8.self))
    }

    private static func isAddress(_ text: String) -> Bool {
        if case .success = EmailAddress.parse(text) { true } else { false }
    }
}

extension [FieldProblem] {
    /// Returns `nil`, so that a reader can add and give up in one line.
    mutating func reject<Value>(_ field: String, _ code: String, _ message: String) -> Value? {
        append(FieldProblem(field: field, code: code, message: message))
        return nil
    }

    mutating func add(_ field: String, _ code: String, _ message: String) {
        append(FieldProblem(field: field, code: code, message: message))
    }

    /// One problem for each member whose name is not known, with the one that was probably meant.
    mutating func addUnknown(_ members: [JSON.Member], known: [String], at path: String, of what: String) {
        for member in members where !known.contains(where: { $0.utf8.elementsEqual(member.name.utf8) }) {
            let guess = Suggestion.nearest(to: member.name, among: known).map { "; did you mean '\($0)'?" } ?? ""
            let field = path.isEmpty ? member.name : "\(path).\(member.name)"
            add(field, "unknown", "is not a member of \(what)\(guess)")
        }
    }
}
