internal import Domain

extension LetterWords {
    init(english letter: Letter, product: String) {
        func proof(_ proof: Letter.Proof, _ label: String) -> [LetterLayout.Part] {
            Self.proof(proof, label: label, in: .english)
        }
        func moment(_ time: Timestamp) -> String { Self.moment(time, in: .english) }
        switch letter {
        case .confirmSignUp(let it):
            self.init(
                "Confirm your e-mail address for \(product)",
                "Somebody, most likely you, wants to create an account at \(product) with this address. "
                    + "The account exists once you confirm it.",
                proof(it, "Confirm the address") + [
                    .paragraph(
                        "If it was not you, do nothing: no account is created. Never give the code to anybody.")
                ])
        case .alreadyRegistered(let signIn, let forgot):
            self.init(
                "You already have an account at \(product)",
                "Somebody, most likely you, tried to create an account at \(product) with this address. "
                    + "There is one already, so nothing was changed.",
                [
                    .link(label: "Sign in", url: signIn),
                    .link(label: "Choose a new password, if you have forgotten it", url: forgot),
                    .paragraph("If it was not you, you need not do anything."),
                ])
        case .verifyEmail(let it):
            self.init(
                "Confirm your e-mail address for \(product)",
                "Please confirm that mail to this address reaches you.",
                proof(it, "Confirm the address") + [
                    .paragraph("If you have no account at \(product), do nothing. Never give the code to anybody.")
                ])
        case .resetPassword(let it):
            self.init(
                "Choose a new password for \(product)",
                "Somebody, most likely you, asked for a new password for your account at \(product).",
                proof(it, "Choose a new password") + [
                    .paragraph(
                        "If it was not you, do nothing: your password stays as it is. Never give the code to anybody, "
                            + "not even to people who say that they work for \(product).")
                ])
        case .invite(let it):
            self.init(
                "You have an account at \(product)",
                "An administrator made an account at \(product) for you. Choose a password to use it.",
                proof(it, "Choose a password") + [
                    .paragraph("If you did not expect this, do nothing: nobody can sign in without a password.")
                ])
        case .joinOrganisation(let it, let organisation):
            self.init(
                "Join \(organisation) at \(product)",
                "You are invited to become a member of \(organisation) at \(product). You need not have an account yet.",
                proof(it, "Join \(organisation)") + [
                    .paragraph("If you did not expect this, do nothing: nobody becomes a member without the link.")
                ])
        case .confirmEmailChange(let it):
            self.init(
                "Confirm your new e-mail address for \(product)",
                "You asked to use this address for your account at \(product). It is used once you confirm it.",
                proof(it, "Confirm the new address") + [
                    .paragraph("If it was not you, do nothing: the account keeps its old address.")
                ])
        case .emailChanged(let mask, let undo):
            self.init(
                "The e-mail address of your account at \(product) was changed",
                "Your account at \(product) now has the address \(mask). Mail does not come here any more.",
                [.paragraph("If it was not you, take it back and choose a new password:")]
                    + proof(undo, "Take the change back"))
        case .passwordChanged(let time, let forgot):
            self.init(
                "Your password for \(product) was changed",
                "The password of your account at \(product) was changed on \(moment(time)).",
                [
                    .paragraph("If it was you, you need not do anything. If not, choose a new password at once:"),
                    .link(label: "Choose a new password", url: forgot),
                ])
        case .accountDeactivated(let time):
            self.init(
                "Your account at \(product) was deactivated",
                "Your account at \(product) was deactivated on \(moment(time)). Nothing was deleted, and all sessions "
                    + "have ended.",
                [.paragraph("If it was not you, tell whoever runs \(product): somebody may know your password.")])
        case .accountReactivated(let time):
            self.init(
                "Your account at \(product) is active again",
                "Your account at \(product) was reactivated on \(moment(time)).",
                [.paragraph("If it was not you, choose a new password: somebody may know yours.")])
        case .accountBanned(let until):
            self.init(
                "Your account at \(product) was suspended",
                "Your account at \(product) was suspended by an administrator until \(moment(until)). "
                    + "Until then you cannot sign in.",
                [.paragraph("If you think that this is a mistake, ask whoever runs \(product).")])
        case .accountDisabled:
            self.init(
                "Your account at \(product) was disabled",
                "Your account at \(product) was disabled by an administrator. You cannot sign in any more.",
                [.paragraph("If you think that this is a mistake, ask whoever runs \(product).")])
        case .accountDeleted(let finally, let undo):
            self.init(
                "Your account at \(product) will be deleted",
                "Your account at \(product) is closed, and everything in it will be deleted on \(moment(finally)).",
                [.paragraph("If it was not you, or you have changed your mind, you can keep the account:")]
                    + proof(undo, "Keep the account"))
        case .inactivityWarning(let time, let signIn):
            self.init(
                "Your account at \(product) will be deleted unless you sign in",
                "You have not used your account at \(product) for a long time. It will be deleted on \(moment(time)), "
                    + "unless you sign in before that.",
                [
                    .link(label: "Sign in and keep the account", url: signIn),
                    .paragraph("If you do not need the account any more, you need not do anything."),
                ])
        case .impersonated(let name, let start, let end, let mayWrite, let reason):
            self.init(
                "An operator is using your account at \(product)",
                "The operator \(name) has begun to act as you at \(product), on \(moment(start)), and "
                    + (mayWrite ? "may make changes. " : "can only look, not change anything. ")
                    + "It ends by itself on \(moment(end)) at the latest.",
                [
                    .paragraph("The reason that was given: \(reason)"),
                    .paragraph(
                        "Your password was not used and is not known to anybody. Your account shows this among your "
                            + "sessions, where you can end it. If you did not expect it, ask whoever runs \(product)."),
                ])
        case .breakGlassUsed(let time, let address):
            self.init(
                "ALARM: the break-glass code of \(product) was used",
                "On \(moment(time)) somebody opened an operator session with the break-glass code, from "
                    + "\(address.isEmpty ? "this server" : address).",
                [
                    .paragraph(
                        "If you know who it was and why, make a new code: aldrava break-glass create. If not, end that "
                            + "session at once, and find out who had the code.")
                ])
        case .test:
            self.init(
                "A test from \(product)", "This message was sent to see whether mail from \(product) arrives. It did.",
                [])
        }
    }
}
