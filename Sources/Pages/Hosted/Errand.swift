internal import Flows

/// What somebody comes for with a letter in hand.
enum Errand: String, CaseIterable, Sendable {
    case reset
    case invite
    case confirm
    case verify
    case changeEmail = "email-change"
    case undoEmailChange = "email-undo"
    case undelete

    /// Where the letter's link leads, and its form goes.
    var path: StaticString {
        switch self {
        case .reset: "/reset"
        case .invite: "/invite"
        case .confirm: "/confirm"
        case .verify: "/verify"
        case .changeEmail: "/email-change"
        case .undoEmailChange: "/email-undo"
        case .undelete: "/undelete"
        }
    }

    /// One sentence for whoever reads the documentation.
    var sentence: String {
        switch self {
        case .reset: "From a letter: chooses a new password."
        case .invite: "From an invitation: chooses the first password."
        case .confirm: "From a letter: confirms a sign-up."
        case .verify: "From a letter: confirms the account's address."
        case .changeEmail: "From a letter: confirms another address."
        case .undoEmailChange: "From a letter: takes the former address back."
        case .undelete: "From a letter: keeps an account that was to be deleted."
        }
    }

    /// Whether whoever asked for the letter holds a ticket, and may type its code beside that.
    var hasCode: Bool {
        switch self {
        case .reset, .confirm, .verify, .changeEmail: true
        case .invite, .undoEmailChange, .undelete: false
        }
    }

    var title: AccountPhrase {
        switch self {
        case .reset: .choosePassword
        case .invite: .welcome
        case .confirm: .confirmAccount
        case .verify: .confirmAddress
        case .changeEmail: .confirmNewAddress
        case .undoEmailChange: .undoChange
        case .undelete: .keepAccount
        }
    }

    var lead: AccountPhrase {
        switch self {
        case .reset: .chooseLead
        case .invite: .welcomeLead
        case .confirm: .confirmAccountLead
        case .verify: .confirmAddressLead
        case .changeEmail: .confirmNewAddressLead
        case .undoEmailChange: .undoChangeLead
        case .undelete: .keepAccountLead
        }
    }

    /// What whoever asked for the letter reads; the same whether there is an account or not.
    var sentLead: AccountPhrase {
        switch self {
        case .reset: .checkMailReset
        case .confirm: .checkMailSignUp
        case .verify: .checkMailAddress
        case .changeEmail: .checkMailNewAddress
        case .invite, .undoEmailChange, .undelete: .checkMailAddress
        }
    }

    var button: AccountPhrase {
        switch self {
        case .reset, .invite: .setPassword
        case .confirm: .confirmAndSignIn
        case .verify: .confirmThisAddress
        case .changeEmail: .useThisAddress
        case .undoEmailChange: .takeBack
        case .undelete: .keepIt
        }
    }

    /// Where another letter is asked for.
    var origin: StaticString {
        switch self {
        case .reset: "/forgot"
        case .confirm: "/register"
        case .verify: "/account"
        case .changeEmail: "/account/email"
        case .invite, .undoEmailChange, .undelete: "/login"
        }
    }
}

/// What a letter carried, as far as a page has it.
enum Carried: Sendable {
    case link(token: String)
    /// Held by whoever asked for the letter.
    case ticket(String)

    /// As it stands in links and forms.
    func fields(_ errand: Errand) -> [Query.Field] {
        switch self {
        case .link(let token): [Query.Field("token", token)]
        case .ticket(let ticket): [Query.Field("for", errand.rawValue), Query.Field("ticket", ticket)]
        }
    }
}
