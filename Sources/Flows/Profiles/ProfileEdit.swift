internal import Domain
internal import Standards

/// What a change asks of a profile, judged by everything but the database.
struct ProfileEdit: Sendable {
    let before: ProfileValues
    let after: ProfileValues
    /// What differs, sorted.
    let changed: [String]

    /// When somebody gives attributes; decides which of them must be there.
    enum Occasion: Sendable {
        /// The person makes the account.
        case signUp
        /// Somebody makes it for the person.
        case creation
        case change
    }

    /// - Parameter patch: an object; `null` removes.
    static func read(
        _ patch: JSON, over before: ProfileValues, _ rules: ProfileRules, by party: ProfileParty,
        on occasion: Occasion, at path: String = "attributes"
    ) -> Result<ProfileEdit, Problems> {
        var problems: [FieldProblem] = []
        guard let members = patch.members else {
            problems.add(path, "wrong_type", "must be an object")
            return .failure(Problems(list: problems))
        }
        var after = before
        var spokenOf: Set<String> = []
        for member in members {
            guard let attribute = rules.attribute(member.name) else {
                // What was sent comes back only where it can be a name: people put values in the wrong place.
                let isName = ProfileAttribute.isValidName(member.name)
                let field = isName ? "\(path).\(member.name)" : path
                problems.addOnce(field, "unknown", "is no attribute of this realm")
                continue
            }
            let place = "\(path).\(attribute.name)"
            spokenOf.insert(attribute.name)
            if attribute.type.isOfAccount || !attribute.writers.contains(party) {
                problems.add(place, "not_writable", "cannot be changed by you")
                continue
            }
            if case .null = member.value {
                if attribute.isNeeded(by: party, on: occasion) { problems.add(place, "required", "is required") }
                after[attribute.name] = nil
            } else if let value = attribute.read(member.value, at: place, &problems) {
                after[attribute.name] = value
            }
        }
        for attribute in rules.kept where occasion != .change && !spokenOf.contains(attribute.name) {
            if attribute.isNeeded(by: party, on: occasion), before[attribute.name] == nil {
                problems.add("\(path).\(attribute.name)", "required", "is required")
            }
        }
        guard problems.isEmpty else { return .failure(Problems(list: problems)) }
        return .success(ProfileEdit(before: before, after: after))
    }

    init(before: ProfileValues, after: ProfileValues) {
        self.before = before
        self.after = after
        changed = Set(before.keys).union(after.keys).sorted().filter { name in
            switch (before[name], after[name]) {
            case (nil, nil): false
            case (let old?, let new?): !old.isSame(as: new)
            case (nil, _?), (_?, nil): true
            }
        }
    }

    struct Problems: Error { let list: [FieldProblem] }
}

extension ProfileAttribute {
    /// Nobody is asked for what he may not write.
    fileprivate func isNeeded(by party: ProfileParty, on occasion: ProfileEdit.Occasion) -> Bool {
        guard writers.contains(party) else { return false }
        switch requirement {
        case .never: return false
        case .signUp: return occasion == .signUp
        case .always: return true
        }
    }
}

extension [FieldProblem] {
    fileprivate mutating func addOnce(_ field: String, _ code: String, _ message: String) {
        let problem = FieldProblem(field: field, code: code, message: message)
        if !contains(problem) { append(problem) }
    }
}
