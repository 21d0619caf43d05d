internal import Domain
internal import Flows
internal import HTTP

extension Route {
    /// Beginning, recovering, changing and ending accounts: one's own, and other people's.
    static func ofAccounts(_ flows: UseCases, _ auth: String, _ admin: String) -> [Route] {
        ofOwnAccount(flows.accounts, auth) + ofUsers(flows, "\(admin)/users")
    }

    private static func ofOwnAccount(_ flows: AccountFlows, _ auth: String) -> [Route] {
        [
            Route(
                .post, "\(auth)/register/confirm", .open, bodyLimit: 16_384,
                ConfirmSignUpEndpoint(confirmSignUp: flows.confirmSignUp)),
            Route(
                .post, "\(auth)/register/resend", .open,
                ResendConfirmationEndpoint(resendConfirmation: flows.resendConfirmation)),
            Route(
                .post, "\(auth)/verify-email/request", .signedIn,
                RequestVerificationEndpoint(requestVerification: flows.requestVerification)),
            Route(.post, "\(auth)/verify-email", .open, VerifyEmailEndpoint(verifyEmail: flows.verifyEmail)),
            Route(
                .post, "\(auth)/forgot-password", .open, ForgotPasswordEndpoint(forgotPassword: flows.forgotPassword)),
            Route(
                .post, "\(auth)/reset-password", .open, bodyLimit: 16_384,
                ResetPasswordEndpoint(resetPassword: flows.resetPassword)),
            Route(
                .post, "\(auth)/change-password", .signedIn, bodyLimit: 32_768,
                ChangePasswordEndpoint(changePassword: flows.changePassword)),
            Route(
                .post, "\(auth)/change-email", .signedIn, bodyLimit: 16_384,
                ChangeEmailEndpoint(requestEmailChange: flows.requestEmailChange)),
            Route(
                .post, "\(auth)/change-email/confirm", .recognised,
                ConfirmEmailChangeEndpoint(confirmEmailChange: flows.confirmEmailChange)),
            Route(
                .post, "\(auth)/change-email/undo", .open,
                UndoEmailChangeEndpoint(undoEmailChange: flows.undoEmailChange)),
            Route(
                .post, "\(auth)/deactivate", .signedIn, bodyLimit: 16_384,
                DeactivateEndpoint(deactivate: flows.deactivate)),
            Route(
                .post, "\(auth)/reactivate", .open, bodyLimit: 16_384,
                ReactivateEndpoint(reactivate: flows.reactivate)),
            Route(
                .post, "\(auth)/delete-account", .signedIn, bodyLimit: 16_384,
                DeleteOwnEndpoint(deleteOwn: flows.deleteOwn)),
            Route(
                .post, "\(auth)/delete-account/undo", .open, UndoDeletionEndpoint(undoDeletion: flows.undoDeletion)),
        ]
    }

    private static func ofUsers(_ flows: UseCases, _ users: String) -> [Route] {
        let (recover, suspend) = (Access<Authorized>.admin(.usersRecover), Access<Authorized>.admin(.usersSuspend))
        let one = "\(users)/{id}"
        return [
            Route(.get, users, .admin(.usersRead), ListUsersEndpoint(listUsers: flows.listUsers)),
            Route(
                .post, users, .admin(.usersCreate), bodyLimit: 16_384,
                AddPersonEndpoint(addPerson: flows.accounts.addPerson)),
            Route(.get, one, .admin(.usersRead), ShowUserEndpoint(showUser: flows.showUser)),
            Route(.delete, one, .admin(.usersDelete), DeleteUserEndpoint(deleteUser: flows.accounts.deleteUser)),
            Route(.post, "\(one)/reset", recover, StartResetEndpoint(startReset: flows.accounts.startReset)),
            Route(.post, "\(one)/invite", recover, InviteEndpoint(invite: flows.accounts.invite)),
            Route(.post, "\(one)/ban", suspend, BanUserEndpoint(banUser: flows.accounts.banUser)),
            Route(.post, "\(one)/unban", suspend, UnbanUserEndpoint(banUser: flows.accounts.banUser)),
            Route(.post, "\(one)/disable", suspend, DisableUserEndpoint(setUserActive: flows.setUserActive)),
            Route(.post, "\(one)/enable", suspend, EnableUserEndpoint(setUserActive: flows.setUserActive)),
        ]
    }
}
