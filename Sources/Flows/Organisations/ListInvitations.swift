public import Domain
internal import Standards
public import Storage

/// Invitations that wait, and taking them back.
public struct ListInvitations: Sendable {
    let parts: FlowParts

    /// One of them, with whom it is to.
    public struct Entry: Sendable {
        public let invitation: OrganisationInvitation
        /// As typed.
        public let email: String
        /// The groups' names, as far as there still are such groups.
        public let groups: [String]
    }

    public struct Page: Sendable {
        public let invitations: [Entry]
        public let next: ID<OrganisationInvitation>?
    }

    public enum Outcome: Sendable { case page(Page), refused(OrganisationRefusal) }

    private struct Row: Sendable {
        let invitation: OrganisationInvitation
        let token: AccountToken
        let wrapped: [UInt8]?
    }

    private enum Finding: Sendable {
        case rows([Row], names: [ID<Group>: String])
        case refused(OrganisationRefusal)
    }

    public func callAsFunction(
        of name: String, as office: OrganisationOffice, in realm: RealmName, after id: ID<OrganisationInvitation>?,
        limit: Int
    ) async throws(StoreFault) -> Outcome {
        let found = try await parts.store.read { (reader) throws(StoreFault) -> Finding in
            let organisation: Organisation
            switch try reader.organisation(named: name, for: office, in: realm) {
            case .found(let its): organisation = its
            case .refused(let refusal): return .refused(refusal)
            }
            var rows: [Row] = []
            for invitation in try reader.invitations(of: organisation.id, after: id, limit: limit + 1) {
                guard let token = try reader.accountToken(id: invitation.letter, realm: realm) else { continue }
                rows.append(
                    Row(
                        invitation: invitation, token: token,
                        wrapped: try reader.subjectKey(of: token.subject, realm: realm)))
            }
            let groups = try reader.groups(of: organisation.id, after: "", limit: Organisation.mostGroups)
            return .rows(rows, names: Dictionary(uniqueKeysWithValues: groups.map { ($0.id, $0.name) }))
        }
        switch found {
        case .refused(let refusal): return .refused(refusal)
        case .rows(let rows, let names):
            let page = rows.prefix(limit).map { row in
                let key = parts.recorder.subjectKeys.open(row.wrapped, for: row.token.subject, realm: realm)
                let offer = MailProofs(parts: parts).open(row.token, under: key).flatMap { InvitationOffer($0) }
                return Entry(
                    invitation: row.invitation, email: offer?.email.text ?? "",
                    groups: offer?.groups.compactMap { names[$0] }.sorted() ?? [])
            }
            return .page(Page(invitations: page, next: rows.count > limit ? page.last?.invitation.id : nil))
        }
    }
}

/// Takes an invitation back: its link is good for nothing from then on, and a letter that was not sent yet is not sent.
public struct WithdrawInvitation: Sendable {
    let parts: FlowParts

    public enum Outcome: Sendable { case withdrawn, refused(OrganisationRefusal) }

    public func callAsFunction(
        _ id: ID<OrganisationInvitation>, of name: String, in realm: RealmName, as office: OrganisationOffice
    ) async throws(StoreFault) -> Outcome {
        let draft = try await parts.recorder.draft(
            .withdrawInvitation, realm: realm, by: office.actor,
            details: [("organisation", .string(name)), ("invitation", .string(id.text))], in: parts.store)
        return try await parts.store.transaction { (tx) throws(StoreFault) -> Outcome in
            switch try tx.organisation(named: name, for: office, in: realm) {
            case .refused(let refusal): return .refused(refusal)
            case .found(let organisation):
                guard let invitation = try tx.invitation(id, realm: realm),
                    invitation.organisation == organisation.id, try tx.delete(invitation: id, realm: realm)
                else { return .refused(.noSuchInvitation) }
                try draft.append(to: tx)
                return .withdrawn
            }
        }
    }
}
