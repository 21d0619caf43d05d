internal import Domain
internal import Storage

/// Beginning, recovering, changing and ending one's account.
public struct AccountFlows: Sendable {
    public let confirmSignUp: ConfirmSignUp
    public let resendConfirmation: ResendConfirmation
    public let requestVerification: RequestVerification
    public let verifyEmail: VerifyEmail
    public let forgotPassword: ForgotPassword
    public let resetPassword: ResetPassword
    public let changePassword: ChangePassword
    public let requestEmailChange: RequestEmailChange
    public let confirmEmailChange: ConfirmEmailChange
    public let undoEmailChange: UndoEmailChange
    public let deactivate: Deactivate
    public let reactivate: Reactivate
    public let deleteOwn: DeleteOwn
    public let undoDeletion: UndoDeletion
    public let startReset: StartReset
    public let invite: Invite
    public let banUser: BanUser
    public let deleteUser: DeleteUser
    public let addPerson: AddPerson
    /// Done about every ten minutes.
    let chores: [Chore]

    init(_ parts: FlowParts, signIn: SignIn) {
        confirmSignUp = ConfirmSignUp(parts: parts)
        resendConfirmation = ResendConfirmation(parts: parts)
        requestVerification = RequestVerification(parts: parts)
        verifyEmail = VerifyEmail(parts: parts)
        forgotPassword = ForgotPassword(parts: parts)
        resetPassword = ResetPassword(parts: parts)
        changePassword = ChangePassword(parts: parts)
        requestEmailChange = RequestEmailChange(parts: parts)
        confirmEmailChange = ConfirmEmailChange(parts: parts)
        undoEmailChange = UndoEmailChange(parts: parts)
        deactivate = Deactivate(parts: parts)
        reactivate = Reactivate(parts: parts, signIn: signIn)
        deleteOwn = DeleteOwn(parts: parts)
        undoDeletion = UndoDeletion(parts: parts)
        startReset = StartReset(parts: parts)
        invite = Invite(parts: parts)
        banUser = BanUser(parts: parts)
        deleteUser = DeleteUser(parts: parts)
        addPerson = AddPerson(parts: parts)
        let ending = AccountEnding(parts: parts)
        chores = [
            Chore(fault: "account_tokens_not_deleted") { () throws(StoreFault) in
                try await Self.removeExpired(from: parts.store)
            },
            Chore(fault: "accounts_not_ended") { () throws(StoreFault) in try await ending.finishDue() },
        ]
    }

    /// A slice at a time, each its own transaction.
    private static func removeExpired(from store: any Store) async throws(StoreFault) {
        let slice = 200
        while try await store.transaction({ (tx) throws(StoreFault) in try tx.deleteExpiredAccountTokens(limit: slice) }
        )
            == slice
        {}
    }
}
