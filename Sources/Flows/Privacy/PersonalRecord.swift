internal import Domain
internal import Standards
internal import Storage

/// What is known of a person that is no list of unknown length.
struct PersonalRecord {
    let members: [JSON.Member]

    /// They are forgotten after a month, and nobody is sent more.
    static let mostLetters = 10_000

    init(_ user: User, _ attributes: JSON, _ reader: any StoreReader) throws(StoreFault) {
        let realm = user.realm
        let grants = try reader.grants(of: user.id, realm: realm)
        let own = try reader.permissions(of: user.id, realm: realm)
        let password = try reader.password(of: user.id)
        let letters = try reader.mailTraces(of: user.id, realm: realm, limit: Self.mostLetters)
        let pending = try reader.tokenTraces(of: user.id, realm: realm, limit: Self.mostLetters)
        let organisations = try reader.organisations(of: user.id, realm: realm, after: "", limit: Self.mostLetters)
        members = [
            JSON.Member("account", Self.account(user)),
            JSON.Member("attributes", attributes),
            JSON.Member(
                "password", password.map { ["format": .string($0.format)] } ?? .null),
            JSON.Member("roles", .words(grants.roles)),
            JSON.Member("groups", .words(grants.groups)),
            JSON.Member("permissions", .words(grants.permissions)),
            JSON.Member("own_permissions", .words(own.map(\.name))),
            JSON.Member("organisations", .array(organisations.map(\.json))),
            JSON.Member("letters", .array(letters.map { $0.json(end: "done_at") })),
            JSON.Member("pending", .array(pending.map { $0.json(end: "expires_at") })),
        ]
    }

    private static func account(_ user: User) -> JSON {
        func time(_ time: Timestamp?) -> JSON { time.map { .string($0.iso8601) } ?? .null }
        return [
            "id": .string(user.id.text), "number": .integer(user.number), "username": .string(user.username.text),
            "email": .string(user.email.text), "email_verified_at": time(user.emailVerifiedAt),
            "active": .bool(user.isActive), "banned_until": time(user.bannedUntil),
            "deactivated_at": time(user.deactivatedAt), "last_sign_in_at": time(user.lastSignInAt),
            "language": user.language.map { .string($0.rawValue) } ?? .null,
            "app_metadata": (try? JSON.parse(user.appMetadata)) ?? .null,
            "user_metadata": (try? JSON.parse(user.userMetadata)) ?? .null, "created_at": time(user.createdAt),
            "updated_at": time(user.updatedAt),
        ]
    }
}

extension OrganisationMembership {
    fileprivate var json: JSON {
        [
            "name": .string(organisation.name), "title": .string(organisation.title), "role": .string(role.rawValue),
            "joined_at": .string(joinedAt.iso8601),
        ]
    }
}

extension LetterTrace {
    fileprivate func json(end: String) -> JSON {
        .object(
            [JSON.Member("kind", .string(kind))] + (state.isEmpty ? [] : [JSON.Member("state", .string(state))]) + [
                JSON.Member("created_at", .string(createdAt.iso8601)),
                JSON.Member(end, endsAt.map { .string($0.iso8601) } ?? .null),
            ])
    }
}

extension SessionTrace {
    var json: JSON {
        [
            "id": .string(id.text), "client": .string(client), "ip": .string(origin.address),
            "device": .string(origin.userAgent), "created_at": .string(createdAt.iso8601),
            "last_activity_at": .string(lastActivityAt.iso8601), "absolute_end": .string(absoluteEnd.iso8601),
            "ended_at": endedAt.map { .string($0.iso8601) } ?? .null,
            "end_reason": endReason.map { .string($0) } ?? .null,
        ]
    }
}

extension ManageConsents.Decision {
    var json: JSON {
        [
            "document": .string(document), "version": .integer(version), "digest": .string(digest),
            "given": .bool(isGiven), "at": .string(at.iso8601), "ip": .string(origin?.address ?? ""),
            "device": .string(origin?.userAgent ?? ""), "event": .string(event.text),
        ]
    }
}

extension EventReader {
    /// What one person may see of an event: their own part, and of everybody else only that it was somebody else.
    func line(_ sealed: Sealed, for person: ID<User>) -> LogLine {
        let event = sealed.placed.event
        let keys = zip(event.personal, sealed.wrappedKeys).map { part, key in part.subject == person ? key : nil }
        let line = line(Sealed(placed: sealed.placed, wrappedKeys: keys))
        let isOwn = event.actor.map { $0 == person } ?? true
        let own = person.text
        let members = (line.this.members ?? []).filter { member in
            switch member.name {
            case "user_id": isOwn
            case "subject": member.value["id"]?.string == own
            case "target": member.value.string == own
            default: true
            }
        }
        return LogLine(
            id: line.id, who: isOwn ? line.who : "somebody_else", did: line.did, this: .object(members),
            when: line.when, confirmedBy: line.confirmedBy, ifOK: line.ifOK, ifDoubt: line.ifDoubt,
            ifNot: line.ifNot, status: line.status)
    }
}

extension EventReader {
    static func request(of event: Event) -> String? {
        (try? JSON.parse(event.details))?["request_id"]?.string
    }
}
