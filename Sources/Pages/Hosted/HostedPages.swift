public import Domain
public import Flows
internal import HTTP
internal import Storage

/// The pages that a realm shows people who have no application of its own for it: sign in, make an account, see the
/// account, and hand a session over to an application's host.
public final class HostedPages: Sendable {
    private let login: LoginPage
    private let register: RegisterPage
    private let account: AccountPage
    private let errands: ErrandPage
    private let forgot: ForgotPage
    private let reactivate: ReactivatePage
    private let own: OwnAccountPage
    private let data: DataPage
    private let profile: ProfilePage
    private let invitation: InvitationPage
    private let handover: HandoverPages
    private let refusals: FoldedRefusals
    private let report: @Sendable (SystemEvent) -> Void

    /// - Parameters:
    ///   - report: where a failing database is told to operators.
    public init(
        _ flows: UseCases, now: @escaping @Sendable () -> Timestamp,
        report: @escaping @Sendable (SystemEvent) -> Void
    ) {
        let door = Door(authenticate: flows.authenticate, refresh: flows.refresh)
        let onward = Onward(beginHandover: flows.beginHandover)
        login = LoginPage(signIn: flows.signIn, door: door, onward: onward)
        register = RegisterPage(signUp: flows.signUp, door: door, onward: onward)
        account = AccountPage(
            listSessions: flows.listSessions, endSession: flows.endSession, signOut: flows.signOut,
            showUser: flows.showUser, listImpersonations: flows.impersonation.list, door: door, now: now)
        errands = ErrandPage(accounts: flows.accounts, door: door, onward: onward)
        forgot = ForgotPage(forgotPassword: flows.accounts.forgotPassword)
        reactivate = ReactivatePage(reactivate: flows.accounts.reactivate, door: door, onward: onward)
        own = OwnAccountPage(
            accounts: flows.accounts, exportData: flows.privacy.exportData, door: door)
        data = DataPage(door: door)
        profile = ProfilePage(read: flows.profiles.read, change: flows.profiles.change, door: door)
        invitation = InvitationPage(
            accept: flows.organisations.accept, join: flows.organisations.join, door: door)
        handover = HandoverPages(
            beginHandover: flows.beginHandover, redeemHandover: flows.redeemHandover,
            signOut: flows.signOut,
            door: door)
        refusals = flows.refusals
        self.report = report
    }

    /// The whole map. Paths stand behind the realm's own prefix.
    public var routes: [PageRoute] {
        [
            route(.get, "/login", "The sign-in page.", .realm, login.show),
            route(.post, "/login", "Signs in with what its form says.", .realm, login.submit),
            file(Stylesheet.template, .realm, "The style of these pages.") { Stylesheet.response },
            file(WorkScript.template, .realm, "The script of a proof of work.") { WorkScript.response },
            route(.get, "/register", "The page on which strangers make an account.", .realm, register.show),
            route(.post, "/register", "Makes the account.", .realm, bodyLimit: Form.attributesLimit, register.submit),
            route(.get, "/account", "A person's own account and sessions.", .realm, account.show),
            deed("/account/end", "Ends one session.", .end),
            deed("/account/end-others", "Ends all other sessions.", .endOthers),
            deed("/account/sign-out", "Signs out.", .signOut),
            deed("/account/sign-out-everywhere", "Ends every session of the person.", .signOutEverywhere),
            route(.get, "/.aldrava/start", "Begins to sign in to an application.", .application, handover.start),
            route(.get, "/.aldrava/callback", "Signs in to an application.", .application, handover.callback),
            route(.post, "/.aldrava/sign-out", "Signs out.", .application, handover.signOut),
            file(Stylesheet.applicationTemplate, .application, "The style of these pages.") { Stylesheet.response },
        ] + accountRoutes
    }

    /// Recovering, changing and ending an account.
    private var accountRoutes: [PageRoute] {
        [
            route(.get, "/forgot", "Asks for a letter to choose a new password with.", .realm, forgot.show),
            route(.post, "/forgot", "Has the letter sent.", .realm, forgot.submit),
            route(.get, "/check-mail", "Where a letter's code is typed.", .realm, errands.checkMail),
            route(.post, "/check-mail", "Has the letter of a sign-up sent again.", .realm, errands.sendAgain),
            route(.get, "/reactivate", "Takes up an account that was laid down.", .realm, reactivate.show),
            route(.post, "/reactivate", "Takes it up and signs in.", .realm, reactivate.submit),
            route(.get, "/account/data", "What a person may do with their data.", .realm, data.show),
            route(.get, "/account/profile", "A person's own attributes.", .realm, profile.show),
            route(
                .post, "/account/profile", "Changes those that people change themselves.", .realm,
                bodyLimit: Form.attributesLimit, profile.submit),
            route(.get, "/invitation", "From a letter: becomes a member of an organisation.", .realm, invitation.show),
            route(.post, "/invitation", "Takes the invitation up.", .realm, invitation.submit),
            route(.post, "/account/verify", "Has a letter sent to prove the address.", .realm, own.verify),
        ]
            + Errand.allCases.flatMap { [errands] errand in
                [
                    route(.get, errand.path.description, errand.sentence, .realm) { page in errands.show(errand, page)
                    },
                    route(.post, errand.path.description, "Does what that page asks for.", .realm) {
                        page throws(StoreFault) in try await errands.submit(errand, page)
                    },
                ]
            }
            + OwnAccountPage.Change.allCases.flatMap { [own] change in
                [
                    route(.get, change.path.description, change.sentence, .realm) { page throws(StoreFault) in
                        try await own.show(change, page)
                    },
                    route(.post, change.path.description, "Does what that page asks for.", .realm) {
                        page throws(StoreFault) in try await own.submit(change, page)
                    },
                ]
            }
    }

    private func deed(_ path: String, _ sentence: String, _ deed: AccountPage.Deed) -> PageRoute {
        route(.post, path, sentence, .realm) { [account] page throws(StoreFault) in try await account.submit(deed, page)
        }
    }

    private func file(
        _ path: String, _ scope: PageRoute.Scope, _ sentence: String, _ answer: @escaping @Sendable () -> Response
    ) -> PageRoute {
        PageRoute(
            method: .get, path: path, scope: scope, sentence: sentence, bodyLimit: 0, answer: { _ in answer() })
    }

    private func route(
        _ method: Method, _ path: String, _ sentence: String, _ scope: PageRoute.Scope,
        bodyLimit: Int = Form.bodyLimit,
        _ answer: @escaping @Sendable (PageRequest) async throws(StoreFault) -> Response
    ) -> PageRoute {
        PageRoute(
            method: method, path: path, scope: scope, sentence: sentence,
            bodyLimit: method == .get ? 0 : bodyLimit
        ) { [report, refusals] page in
            do throws(StoreFault) {
                let response = try await answer(page)
                if response.code == Refused.unproven.description {
                    refusals.note(
                        reason: Refused.unproven.description, realm: page.realm, source: page.source, route: path)
                }
                return response
            } catch {
                report(
                    SystemEvent(
                        .error, "database_fault", "\(path): \(error)", request: page.request.id,
                        trace: page.request.trace.traceID))
                return Visit(reading: page).unavailable("/login")
            }
        }
    }
}
