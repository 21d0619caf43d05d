internal import Domain
internal import Standards
internal import Storage

/// The events that a refresh can leave, sealed before the transaction that writes one of them; each names both addresses.
struct RefreshDrafts: Sendable {
    let theft: EventDraft
    let rollback: EventDraft
    let elsewhere: EventDraft

    init(
        _ session: Session, _ user: Person, _ key: SubjectKey?, newest: SessionOrigin?, realm: RealmName,
        source: Source, _ recorder: Recorder
    ) {
        let part = recorder.part(key, user: user, source: source)
        let both = Recorder.PersonalPart(key: key, details: part.details + Recorder.newest(newest))
        func draft(_ deed: Deed, status: Bool) -> EventDraft {
            recorder.draft(
                deed, realm: realm, status: status, actor: user.id, confirmedBy: "refresh_token", source: source,
                details: [("session", .string(session.id.text))], personal: [both])
        }
        theft = draft(.refreshTokenReuse, status: false)
        rollback = draft(.refreshAheadOfDatabase, status: true)
        elsewhere = draft(.refreshReplayedElsewhere, status: false)
    }
}

extension Recorder {
    /// Where the newest token of a session went.
    static func newest(_ origin: SessionOrigin?) -> [(String, JSON)] {
        [
            ("newest_ip", .string(origin?.address ?? "")), ("newest_user_agent", .string(origin?.userAgent ?? "")),
        ]
    }
}
