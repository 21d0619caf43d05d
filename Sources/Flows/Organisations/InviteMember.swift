public import Domain
internal import Standards
public import Storage

/// Has somebody written to who may become a member of an organisation, whether they have an account or not: the same
/// answer,
/// the same writes and the same letter for both.
///
/// The letter's link is good once, for a while, in this realm, for this address, until a newer one is sent there.
public struct InviteMember: Sendable {
    let parts: FlowParts

    public struct Input: Sendable {
        public let email: String
        public let role: Organisation.Role
        /// Names of the organisation's groups that they come to be in too.
        public let groups: [String]
        /// What the letter is written in; `nil` for the realm's own.
        public let language: Language?

        public init(email: String, role: Organisation.Role = .member, groups: [String] = [], language: Language? = nil)
        {
            self.email = email
            self.role = role
            self.groups = groups
            self.language = language
        }
    }

    public enum Outcome: Sendable {
        /// Also where the same request sent it before, whatever has become of it since.
        case sent(ID<OrganisationInvitation>)
        case refused(OrganisationRefusal)
        case notRepeated(RepeatRefusal)
    }

    public func callAsFunction(
        _ input: Input, into name: String, in realm: Realm, as office: OrganisationOffice,
        once request: RepeatableRequest? = nil
    ) async throws(StoreFault) -> Outcome {
        let actor = office.actor
        let prepared = try await parts.store.read { (reader) throws(StoreFault) -> Prepared in
            switch try reader.organisation(named: name, for: office, in: realm.name) {
            case .refused(let refusal): return .refused(refusal)
            case .found(let organisation):
                var groups: [Group] = []
                for name in Set(input.groups).sorted() {
                    guard AccessName.isValid(name), let group = try reader.group(named: name, realm: realm.name),
                        try reader.organisation(of: group.id, realm: realm.name)?.id == organisation.id
                    else { return .refused(.invalid([Self.noSuchGroup])) }
                    groups.append(group)
                }
                return .found(organisation, groups, try actor.subjectKey(besides: .nobody, reader))
            }
        }
        guard case .found(let organisation, let groups, let ownKey) = prepared else {
            guard case .refused(let refusal) = prepared else { return .refused(.noSuchOrganisation) }
            return .refused(refusal)
        }
        let address: EmailAddress
        switch EmailAddress.parse(input.email) {
        case .success(let parsed): address = parsed
        case .failure(let problem): return .refused(.invalid([problem.field("email")]))
        }
        let once = OnceOnly(request, in: realm.name, parts.dataKeys, parts.capabilities)
        // Before anything is counted: who repeats a request sends no letter.
        if let known = try Self.outcome(of: try await once?.look(in: parts.store)) { return known }
        if let delay = try await throttle(organisation, address, in: realm, by: actor) {
            return .refused(.wait(delay))
        }

        let subject = parts.capabilities.id(User.self)
        let (key, wrapped) = parts.recorder.subjectKeys.make(for: subject, realm: realm.name)
        let offer = InvitationOffer(email: address, groups: groups.map(\.id), language: input.language)
        let made = MailProofs(parts: parts).make(
            .joinOrganisation, for: subject, user: nil, address: address, data: offer.json, under: key, in: realm)
        let letter = parts.postman.draft(
            .joinOrganisation(made.proof, organisation: organisation.title),
            to: Addressee(key: key, email: address.text, username: "", language: input.language), in: realm)
        let invitation = OrganisationInvitation(
            id: parts.capabilities.id(OrganisationInvitation.self), realm: realm.name,
            organisation: organisation.id, role: input.role, inviter: actor.inviter, letter: made.token.id,
            createdAt: parts.capabilities.now(), expiresAt: parts.capabilities.now() + made.life)
        let own = actor.parts(aboutUser: nil, nil, ownKey, parts.recorder)
        let draft = parts.recorder.draft(
            .inviteToOrganisation, realm: realm.name, actor: actor.person?.id, confirmedBy: actor.confirmedBy,
            source: actor.source,
            details: [
                ("organisation", .string(organisation.name)), ("role", .string(input.role.rawValue)),
                ("groups", .array(groups.map { .string($0.name) })), ("invitation", .string(invitation.id.text)),
            ] + actor.credential,
            personal: [Recorder.PersonalPart(key: key, details: [("email", .string(address.text))])] + own)
        return try await parts.store.transaction { (tx) throws(StoreFault) -> Outcome in
            // Of two for one address at the same moment, the second has to find the first.
            try tx.lockAccess(realm: realm.name)
            let now: Organisation
            switch try tx.organisation(named: name, for: office, in: realm.name) {
            case .found(let found): now = found
            case .refused(let refusal): return .refused(refusal)
            }
            guard now.id == organisation.id else { return .refused(.noSuchOrganisation) }
            if let refusal = try tx.refusal(
                ofInviting: invitation, groups.map(\.id), as: office, in: realm.name)
            {
                return .refused(refusal)
            }
            guard try tx.invitationCount(of: organisation.id) < Organisation.mostInvitations else {
                return .refused(.tooMany)
            }
            if let known = try Self.outcome(of: try once?.take(invitation.id.bytes, tx)) { return known }
            _ = try tx.claimSubjectKey(wrapped, subject: subject, realm: realm.name)
            try made.append(to: tx)
            try tx.insert(invitation)
            try letter.append(to: tx)
            try draft.append(to: tx)
            return .sent(invitation.id)
        }
    }

    /// `nil` where the letter has yet to be sent.
    private static func outcome(of finding: OnceOnly.Finding?) throws(StoreFault) -> Outcome? {
        switch finding {
        case nil, .new: return nil
        case .reused: return .notRepeated(.keyReused)
        case .known(let answer):
            guard let id = ID<OrganisationInvitation>(bytes: answer[...]) else {
                throw .damaged("a remembered answer is no id")
            }
            return .sent(id)
        }
    }

    private enum Prepared: Sendable {
        case found(Organisation, [Group], [UInt8]?)
        case refused(OrganisationRefusal)
    }

    private static let noSuchGroup = FieldProblem(
        field: "groups", code: "no_such_group", message: "must be groups of the organisation")

    /// For the organisation, for whoever invites, and for whoever is invited. The command line is nobody's to slow
    /// down.
    private func throttle(
        _ organisation: Organisation, _ address: EmailAddress, in realm: Realm, by actor: Actor
    ) async throws(StoreFault) -> Duration? {
        let sender: String
        switch actor.inviter {
        case .machine: return nil
        case .person(let id): sender = "person \(id.text)"
        case .key(let id): sender = "key \(id.text)"
        }
        let counted: [(Throttles.Act, String)] = [
            (.invite, "organisation \(organisation.id.text)"), (.invite, sender), (.beInvited, address.key),
        ]
        for (act, identifier) in counted {
            if case .wait(let delay) = try await parts.throttles.take(
                act, identifier: identifier, in: realm, from: actor.source)
            {
                return delay
            }
        }
        return nil
    }
}

/// What an invitation's letter is about, as it is kept sealed until it is taken up.
struct InvitationOffer: Sendable {
    let email: EmailAddress
    let groups: [ID<Group>]
    let language: Language?

    var json: JSON {
        [
            "email": .string(email.text), "groups": .array(groups.map { .string($0.text) }),
            "language": .string(language?.rawValue ?? ""),
        ]
    }

    init(email: EmailAddress, groups: [ID<Group>], language: Language?) {
        self.email = email
        self.groups = groups
        self.language = language
    }

    /// `nil` for what this version did not write.
    init?(_ json: JSON) {
        guard let text = json["email"]?.string, case .success(let email) = EmailAddress.parse(text),
            let groups = json["groups"]?.array
        else { return nil }
        self.init(
            email: email, groups: groups.compactMap { $0.string.flatMap { ID<Group>($0) } },
            language: json["language"]?.string.flatMap { Language(rawValue: $0) })
    }
}

extension Actor {
    /// Who answers for an invitation. The key from the settings is the machine's own.
    var inviter: OrganisationInvitation.Inviter {
        switch origin {
        case .machine, .key(nil, _, _): .machine
        case .person(let person): .person(person.id)
        case .key(let id?, _, _): .key(id)
        }
    }
}

extension StoreReader {
    /// What keeps somebody from offering that: the same rules as where a member is changed by hand.
    func refusal(
        ofInviting invitation: OrganisationInvitation, _ groups: [ID<Group>], as office: OrganisationOffice,
        in realm: RealmName
    ) throws(StoreFault) -> OrganisationRefusal? {
        let authority = try office.actor.authority(in: realm, self, for: .good)
        return try refusal(
            ofOffering: invitation.role, groups, in: invitation.organisation, byRealm: office.isOwn ? nil : authority,
            own: authority, in: realm)
    }

    private func refusal(
        ofOffering role: Organisation.Role, _ groups: [ID<Group>], in organisation: ID<Organisation>,
        byRealm: Authority?, own: Authority, in realm: RealmName
    ) throws(StoreFault) -> OrganisationRefusal? {
        if let byRealm, role == .admin,
            let refusal = try refusal(ofEntrusting: organisation, by: byRealm, in: realm)
        {
            return refusal
        }
        for group in groups {
            if let refusal = try refusal(ofGiving: group, byRealm: byRealm, own: own, in: realm) { return refusal }
        }
        return nil
    }

    /// Whether whoever invited could still do so: an invitation is worth no more than the one who answers for it.
    ///
    /// - Parameter user: who takes it up; `nil` for somebody without an account.
    func isStillGood(
        _ invitation: OrganisationInvitation, _ groups: [ID<Group>], for user: ID<User>?
    ) throws(StoreFault) -> Bool {
        let realm = invitation.realm
        let (grants, lasting): (Grants, Grants)
        var isOwn = false
        switch invitation.inviter {
        case .machine: return true
        case .person(let id):
            guard let inviter = try self.user(id, realm: realm), inviter.isUsable(at: now) else { return false }
            isOwn = try role(of: id, in: invitation.organisation) == .admin
            grants = try self.grants(of: id, realm: realm)
            lasting = try self.grants(of: id, realm: realm, for: .good)
        case .key(let id):
            guard let key = try apiKey(id, realm: realm), key.revokedAt == nil,
                key.expiresAt.map({ $0 > now }) ?? true
            else { return false }
            grants = try key.grants(self)
            lasting = try key.grants(self, for: .good)
        }
        var isRaised = false
        if let user { isRaised = try raises(user, by: groups, beyond: .holding(grants), in: realm) }
        let authority = Authority.holding(lasting)
        // Nor do people raise themselves by a letter to their own address.
        if let user, case .person(user) = invitation.inviter {
            for group in groups where try !authority.reaches(rank: rank(of: .group(group), realm: realm)) {
                isRaised = true
            }
        }
        if isOwn, !isRaised,
            try refusal(
                ofOffering: invitation.role, groups, in: invitation.organisation, byRealm: nil, own: authority,
                in: realm) == nil
        {
            return true
        }
        guard grants.has(.organisationsWrite) else { return false }
        return try refusal(
            ofOffering: invitation.role, groups, in: invitation.organisation, byRealm: authority, own: authority,
            in: realm) == nil
    }
}
