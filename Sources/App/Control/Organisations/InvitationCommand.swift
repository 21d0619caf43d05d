internal import Domain
internal import Flows
internal import Standards
internal import Storage

/// What can be done about invitations into an organisation.
public enum InvitationCommand: Sendable {
    case send(email: String, organisation: String, role: String, groups: [String], language: String?)
    case list(String, PageRequest)
    case withdraw(String, organisation: String)
}

extension ControlCommand {
    public static func invitation(_ command: InvitationCommand) -> ControlCommand { ControlCommand(topic: command) }
}

extension InvitationCommand: ControlTopic {
    static let name = "invitation"

    var wire: (word: String, members: [JSON.Member]) {
        func members(_ fields: (String, String?)...) -> [JSON.Member] {
            fields.compactMap { name, text in text.map { JSON.Member(name, .string($0)) } }
        }
        switch self {
        case .send(let email, let organisation, let role, let groups, let language):
            let rest = [JSON.Member("groups", .array(groups.map { .string($0) }))]
            return (
                "send",
                members(("email", email), ("organisation", organisation), ("role", role), ("language", language))
                    + rest
            )
        case .list(let organisation, let page):
            return ("list", members(("organisation", organisation)) + page.members)
        case .withdraw(let id, let organisation):
            return ("withdraw", members(("id", id), ("organisation", organisation)))
        }
    }

    init?(word: String, _ json: JSON) {
        guard let organisation = json["organisation"]?.string else { return nil }
        switch word {
        case "send":
            guard let email = json["email"]?.string, let role = json["role"]?.string,
                let groups = json["groups"]?.array
            else { return nil }
            self = .send(
                email: email, organisation: organisation, role: role, groups: groups.compactMap(\.string),
                language: json["language"]?.string)
        case "list":
            guard let page = PageRequest(json) else { return nil }
            self = .list(organisation, page)
        case "withdraw":
            guard let id = json["id"]?.string else { return nil }
            self = .withdraw(id, organisation: organisation)
        default: return nil
        }
    }

    var need: CommandNeed {
        switch self {
        case .list: .right(.organisationsRead)
        case .send, .withdraw: .right(.organisationsWrite)
        }
    }

    func perform(
        in realm: Realm, by actor: Actor, _ premises: Premises
    ) async throws(StoreFault) -> ControlReply {
        try await perform(in: realm, by: actor, premises.useCases.organisations)
    }

    private func perform(
        in realm: Realm, by actor: Actor, _ flows: OrganisationFlows
    ) async throws(StoreFault) -> ControlReply {
        switch self {
        case .send(let email, let organisation, let role, let groups, let language):
            guard let role = Organisation.Role(rawValue: role), groups.count <= Organisation.mostInvitedGroups else {
                return ControlReply(.refused, "A role is 'member' or 'admin'; groups are few.", ["code": "invalid"])
            }
            let input = InviteMember.Input(
                email: email, role: role, groups: groups, language: language.flatMap { Language(rawValue: $0) })
            switch try await flows.invite(input, into: organisation, in: realm, as: .realm(actor)) {
            case .sent(let id):
                return ControlReply(.done, "A letter is on its way to \(email).", ["id": .string(id.text)])
            case .refused(let refusal): return ControlReply(refusal, organisation)
            case .notRepeated: throw .repeatedUnasked
            }
        case .list(let organisation, let wanted):
            let outcome = try await flows.listInvitations(
                of: organisation, as: .realm(actor), in: realm.name,
                after: wanted.after.flatMap { ID<OrganisationInvitation>($0) }, limit: wanted.limit)
            switch outcome {
            case .page(let page): return ControlReply(page)
            case .refused(let refusal): return ControlReply(refusal, organisation)
            }
        case .withdraw(let text, let organisation):
            guard let id = ID<OrganisationInvitation>(text) else {
                return ControlReply(OrganisationRefusal.noSuchInvitation, organisation)
            }
            switch try await flows.withdraw(id, of: organisation, in: realm.name, as: .realm(actor)) {
            case .withdrawn: return ControlReply(.done, "Invitation withdrawn.", ["id": .string(id.text)])
            case .refused(let refusal): return ControlReply(refusal, organisation)
            }
        }
    }
}

extension ControlReply {
    fileprivate init(_ page: ListInvitations.Page) {
        self.init(
            page: "invitations",
            page.invitations.map {
                [
                    "id": .string($0.invitation.id.text), "email": .string($0.email),
                    "role": .string($0.invitation.role.rawValue), "groups": .array($0.groups.map { .string($0) }),
                    "expires_at": .string($0.invitation.expiresAt.iso8601),
                ]
            }, next: page.next?.text,
            table: Table(
                ["E-MAIL", "ROLE", "GROUPS", "UNTIL", "ID"],
                page.invitations.map {
                    [
                        $0.email, $0.invitation.role.rawValue, $0.groups.joined(separator: " "),
                        $0.invitation.expiresAt.iso8601, $0.invitation.id.text,
                    ]
                }), empty: "No invitations.")
    }
}
