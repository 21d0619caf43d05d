/// The pages that letters lead to. Each shows a form and changes nothing before that is sent: programs that look at mail
/// open its links too.
public enum LetterPage: String, CaseIterable, Sendable {
    case confirmSignUp = "/confirm"
    case verifyEmail = "/verify"
    /// For invitations too.
    case resetPassword = "/reset"
    case confirmEmailChange = "/email-change"
    case undoEmailChange = "/email-undo"
    case undoDeletion = "/undelete"
    case joinOrganisation = "/invitation"
    case forgotPassword = "/forgot"
    case signIn = "/login"
}
