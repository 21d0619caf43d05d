internal import Domain
internal import Flows
internal import Standards
internal import Storage

/// An organisation as a realm's administrators see it.
struct OrganisationReply: EntityTagged, Sendable {
    let organisation: Organisation

    static let schema: Schema<OrganisationReply> = .written(
        Field("id", .identifier(), \.organisation.id, "Never changes."),
        Field("name", .text(characters: 1...64, example: "acme"), \.organisation.name, "What paths say."),
        Field(
            "title", .text(characters: 1...Organisation.mostTitle, example: "Acme Ltd"), \.organisation.title,
            "What people read."),
        Field(
            "version", .integer(1...Int64.max, example: 1), \.organisation.version,
            "The entity tag is this in quotes."),
        Field("created_at", .timestamp, \.organisation.createdAt, "When it was made.")
    ).named("Organisation")

    var tag: String { "\"\(organisation.version)\"" }
}

/// A page of them.
struct OrganisationPage: Sendable {
    let organisations: [OrganisationReply]
    let next: String?

    static let schema: Schema<OrganisationPage> = .written(
        Field(
            "organisations", .array(OrganisationReply.schema, count: 0...200), \.organisations, "Sorted by name."),
        Field("next", .nullable(.text(example: "acme")), \.next, "Where the next page begins; null at the end."))
}

/// An organisation as one of its members sees it.
struct OwnOrganisationReply: Sendable {
    let name: String
    let title: String
    let role: Organisation.Role

    static let schema: Schema<OwnOrganisationReply> = .written(
        Field("name", .text(characters: 1...64, example: "acme"), \.name, "What paths say."),
        Field(
            "title", .text(characters: 1...Organisation.mostTitle, example: "Acme Ltd"), \.title, "What people read."),
        Field("role", .choice(), \.role, "What the caller is in it.")
    ).named("OwnOrganisation")
}

/// A page of them.
struct OwnOrganisationPage: Sendable {
    let organisations: [OwnOrganisationReply]
    let next: String?

    static let schema: Schema<OwnOrganisationPage> = .written(
        Field(
            "organisations", .array(OwnOrganisationReply.schema, count: 0...200), \.organisations, "Sorted by name."),
        Field("next", .nullable(.text(example: "acme")), \.next, "Where the next page begins; null at the end."))
}

/// A member of an organisation.
struct OrganisationMemberReply: Sendable {
    let member: OrganisationMember

    static let schema: Schema<OrganisationMemberReply> = .written(
        Field("id", .identifier(), \.member.user, "The user's id."),
        Field("username", .text(example: "ana"), \.member.username, "As it was typed."),
        Field("email", .text(example: "ana@example.com"), \.member.email, "As it was typed."),
        Field("role", .choice(), \.member.role, "What they are in the organisation."),
        Field("joined_at", .timestamp, \.member.joinedAt, "Since when.")
    ).named("OrganisationMember")
}

/// A page of them.
struct OrganisationMemberPage: Sendable {
    let members: [OrganisationMemberReply]
    let next: ID<User>?

    static let schema: Schema<OrganisationMemberPage> = .written(
        Field(
            "members", .array(OrganisationMemberReply.schema, count: 0...200), \.members, "In the order of their ids."),
        Field("next", .nullable(.identifier()), \.next, "Where the next page begins; null at the end."))

    init(_ page: ListOrganisations.Members) {
        members = page.members.map { OrganisationMemberReply(member: $0) }
        next = page.next
    }
}

/// An organisation's groups.
struct OrganisationGroups: Sendable {
    let groups: [GroupReply]

    static let schema: Schema<OrganisationGroups> = .written(
        Field(
            "groups", .array(GroupReply.schema, count: 0...Organisation.mostGroups), \.groups, "All, sorted by name."))
}

/// An invitation that waits.
struct InvitationReply: Sendable {
    let entry: ListInvitations.Entry

    static let schema: Schema<InvitationReply> = .written(
        Field("id", .identifier(), \.entry.invitation.id, "Names it where it is withdrawn."),
        Field("email", .text(example: "rui@example.com"), \.entry.email, "Whom it was sent to, as typed."),
        Field("role", .choice(), \.entry.invitation.role, "What they become in the organisation."),
        Field(
            "groups",
            .array(.text(characters: 1...64, example: "support"), count: 0...Organisation.mostInvitedGroups),
            \.entry.groups, "The organisation's groups that they come to be in."),
        Field("created_at", .timestamp, \.entry.invitation.createdAt, "When it was sent."),
        Field("expires_at", .timestamp, \.entry.invitation.expiresAt, "Until when its link is good.")
    ).named("OrganisationInvitation")
}

/// A page of them.
struct InvitationPage: Sendable {
    let invitations: [InvitationReply]
    let next: ID<OrganisationInvitation>?

    static let schema: Schema<InvitationPage> = .written(
        Field(
            "invitations", .array(InvitationReply.schema, count: 0...200), \.invitations,
            "Those that wait, oldest first."),
        Field("next", .nullable(.identifier()), \.next, "Where the next page begins; null at the end."))

    init(_ page: ListInvitations.Page) {
        invitations = page.invitations.map { InvitationReply(entry: $0) }
        next = page.next
    }
}

/// What came of taking an invitation up.
struct JoinedReply: Sendable {
    let message: String
    let organisation: OwnOrganisationReply

    static let schema: Schema<JoinedReply> = .written(
        Field("message", .text(example: "Invitation accepted"), \.message, "What happened, for people."),
        Field("organisation", OwnOrganisationReply.schema, \.organisation, "What the caller is a member of now."))

    init(_ message: String, _ organisation: Organisation, _ role: Organisation.Role) {
        self.message = message
        self.organisation = OwnOrganisationReply(name: organisation.name, title: organisation.title, role: role)
    }
}

/// Which page of a list that is sorted by ids.
struct IDPaging<Entity>: Sendable {
    let limit: Int64?
    let after: ID<Entity>?

    static var schema: Schema<IDPaging> {
        .object(
            IDPaging.init(limit:after:),
            Field(optional: "limit", .integer(1...200, example: 50), \.limit, "How many; 50 unless told."),
            Field(optional: "after", .identifier(), \.after, "The member `next` of the page before."))
    }

    var count: Int { Int(limit ?? 50) }
}
