public import Domain
internal import Standards
public import Storage

/// Creates an organisation, without members.
public struct CreateOrganisation: Sendable {
    let parts: FlowParts

    public enum Outcome: Sendable {
        case created(Organisation), refused(OrganisationRefusal), notRepeated(RepeatRefusal)
    }

    public func callAsFunction(
        name: String, title: String, in realm: RealmName, by actor: Actor, once request: RepeatableRequest? = nil
    ) async throws(StoreFault) -> Outcome {
        let problems = AccessProblems.name(name, field: "name") + OrganisationProblems.title(title)
        guard problems.isEmpty else { return .refused(.invalid(problems)) }
        let organisation = Organisation(
            id: parts.capabilities.id(Organisation.self), realm: realm, name: name, title: title,
            createdAt: parts.capabilities.now())
        let draft = try await parts.recorder.draft(
            .createOrganisation, realm: realm, by: actor,
            details: [("organisation", .string(name)), ("title", .string(title))], in: parts.store)
        let once = OnceOnly(request, in: realm, parts.dataKeys, parts.capabilities)
        return try await parts.store.transaction { (tx) throws(StoreFault) -> Outcome in
            let beginning = try once?.begin(organisation.id, tx) { (id) throws(StoreFault) in
                try tx.organisation(id, realm: realm)
            }
            switch beginning {
            case nil, .new: break
            case .made(let organisation): return .created(organisation)
            case .refused(let refusal): return .notRepeated(refusal)
            }
            guard try tx.insert(organisation) else {
                try once?.forget(tx)
                return .refused(.exists)
            }
            try draft.append(to: tx)
            return .created(organisation)
        }
    }
}

/// What can be wrong with what an organisation is called. Its title stands in letters, so it is one line.
enum OrganisationProblems {
    static func title(_ text: String) -> [FieldProblem] {
        let scalars = text.unicodeScalars
        let isGood =
            (1...Organisation.mostTitle).contains(scalars.count)
            && scalars.allSatisfy { scalar in
                switch scalar.properties.generalCategory {
                case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate, .unassigned, .privateUse: false
                default: true
                }
            }
            && scalars.contains { !$0.properties.isWhitespace }
        if isGood { return [] }
        return [
            FieldProblem(
                field: "title", code: "invalid_title",
                message: "must be one line of 1 to \(Organisation.mostTitle) characters")
        ]
    }
}
