internal import Domain
public import Standards

extension ProfileRules {
    /// What somebody typed on a command line or into a form, `name=value`, as the JSON that was probably meant; each name in `removed` is
    /// `null`.
    public func json(typed assignments: [String], removing removed: [String] = []) -> JSON {
        var members: [JSON.Member] = []
        func add(_ name: String, _ value: JSON) {
            // An object names each member once; the last one counts.
            members.removeAll { $0.name.utf8.elementsEqual(name.utf8) }
            members.append(JSON.Member(name, value))
        }
        for assignment in assignments {
            let parts = assignment.utf8.split(
                separator: UInt8(ascii: "="), maxSplits: 1, omittingEmptySubsequences: false)
            let (name, value) = (String(Substring(parts[0])), parts.count == 2 ? String(Substring(parts[1])) : "")
            add(name, attribute(name)?.json(typed: value) ?? .string(value))
        }
        for name in removed { add(name, .null) }
        return .object(members)
    }
}

extension ProfileAttribute {
    fileprivate func json(typed text: String) -> JSON {
        switch type {
        case .integer: Int64(text).map { .integer($0) } ?? .string(text)
        case .boolean: text == "true" ? true : text == "false" ? false : .string(text)
        case .text, .email, .phone, .date, .choice, .cpf, .oab, .oabNumber, .uf, .account: .string(text)
        }
    }
}
