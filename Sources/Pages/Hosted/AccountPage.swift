internal import Domain
internal import Flows
internal import HTTP
internal import Storage

/// `/account`: shows a person what this server knows of them, and lets them end what they do not recognise.
struct AccountPage: Sendable {
    let listSessions: ListSessions
    let endSession: EndSession
    let signOut: SignOut
    let showUser: ShowUser
    let listImpersonations: ListImpersonations
    let door: Door
    let now: @Sendable () -> Timestamp

    /// More than anybody looks through.
    private static let mostShown = 50
    private static let mostImpersonations = 10
    /// Which of them were used last is only known once they were read.
    private static let mostRead = 1_000

    func show(_ page: PageRequest) async throws(StoreFault) -> Response {
        let visit = Visit(reading: page)
        guard page.realm.hasPages else { return visit.notFound }
        guard let caller = try await door.caller(page) else { return visit.toLogin(leadingTo: "/account") }
        let principal = caller.principal
        let sessions = try await sessions(of: principal, in: page.realm)
        let now = now()
        let entries = Self.entries(sessions, principal, now, visit.language)
        let impersonations = try await listImpersonations.of(
            principal.user.id, in: page.realm.name, limit: Self.mostImpersonations)
        let user = try await showUser(principal.user.id.text, in: page.realm.name)?.user
        let view = AccountView(
            layout: visit.layout("/account"), person: principal.user, isVerified: user?.emailVerifiedAt != nil,
            since: Moment(time: principal.user.createdAt, now: now), roles: principal.grants.roles,
            hasProfile: !page.realm.rules.profile.shownToOwner.isEmpty,
            entries: Array(entries.prefix(Self.mostShown)), hasMore: entries.count > Self.mostShown,
            impersonations: impersonations.map { entry in
                let acting = entry.stored.acting
                return AccountView.Operator(
                    name: acting.name, reason: acting.reason, mayWrite: acting.mayWrite,
                    began: Moment(time: acting.startedAt, now: now), isActive: entry.ending == nil)
            },
            notice: visit.done(among: Done.onAccount),
            hidden: HiddenFields(fields: visit.journey.languageField))
        var response = visit.answer(200, view.markup, cookies: caller.cookies)
        response.caller = principal
        return response
    }

    /// One of the four deeds.
    func submit(_ deed: Deed, _ page: PageRequest) async throws(StoreFault) -> Response {
        let visit: Visit
        switch Posted(page, on: "/account") {
        case .read(let read): visit = read
        case .refused(let response): return response
        }
        guard let caller = try await door.caller(page) else {
            switch deed {
            // What is left of a session that is over goes too.
            case .signOut, .signOutEverywhere: return signedOut(visit, .signedOut)
            case .end, .endOthers: return visit.toLogin(leadingTo: "/account")
            }
        }
        let principal = caller.principal
        let actor = Actor(principal, provenBy: .session, from: page.source)
        switch deed {
        case .end:
            let session = visit.form["session"].flatMap { ID<Session>($0) }
            guard let session, session != principal.session else { return visit.toAccount(.wasOver, caller) }
            switch try await endSession(session, of: principal.user.id, in: page.realm.name, by: actor) {
            case .ended: return visit.toAccount(.ended, caller)
            case .wasOver, .noSuchSession, .refused: return visit.toAccount(.wasOver, caller)
            }
        case .endOthers:
            _ = try await endSession.all(
                of: principal.user.id.text, except: principal.session, in: page.realm.name, by: actor)
            return visit.toAccount(.othersEnded, caller)
        case .signOut:
            try await signOut(principal, provenBy: .session, from: page.source)
            return signedOut(visit, .signedOut)
        case .signOutEverywhere:
            _ = try await endSession.all(of: principal.user.id.text, in: page.realm.name, by: actor)
            return signedOut(visit, .signedOutEverywhere)
        }
    }

    enum Deed: Sendable { case end, endOthers, signOut, signOutEverywhere }

    private func signedOut(_ visit: Visit, _ done: Done) -> Response {
        visit.redirect(to: visit.link("/login", [done.field]), cookies: door.leave(visit.realm))
    }

    /// The newest first to be used, this one before all.
    private static func entries(
        _ sessions: [PlacedSession], _ principal: Principal, _ now: Timestamp, _ language: Language
    ) -> [AccountView.Entry] {
        let own = sessions.filter { $0.session.parent == nil }.sorted { one, other in
            if one.session.id == principal.session { return true }
            if other.session.id == principal.session { return false }
            return one.session.lastActivityAt > other.session.lastActivityAt
        }
        return own.map { placed in
            let session = placed.session
            let isThisOne = session.id == principal.session
            return AccountView.Entry(
                id: session.id, device: Device(userAgent: placed.origin.userAgent).words(in: language),
                address: placed.origin.address, firstSeen: Moment(time: session.createdAt, now: now),
                lastSeen: Moment(time: isThisOne ? now : session.lastActivityAt, now: now), isThisOne: isThisOne,
                applications: Self.applications(of: session.id, in: sessions))
        }
    }

    private static func applications(
        of parent: ID<Session>, in sessions: [PlacedSession]
    ) -> [String] {
        let names = sessions.compactMap { placed -> String? in
            guard placed.session.parent == parent else { return nil }
            return String(placed.session.client.split(separator: "/", maxSplits: 1).last ?? "")
        }
        return Set(names).sorted()
    }

    private func sessions(of principal: Principal, in realm: Realm) async throws(StoreFault) -> [PlacedSession] {
        let outcome = try await listSessions(
            of: principal.user.id.text, in: realm.name, after: nil, limit: Self.mostRead)
        return switch outcome {
        case .page(let sessions, _, _): sessions
        case .noSuchUser: []
        }
    }
}
