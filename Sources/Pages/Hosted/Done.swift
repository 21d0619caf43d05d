internal import HTTP

/// What a page says of the deed that led to it; the raw values stand in its address.
enum Done: String, CaseIterable, Sendable {
    case signedOut = "signed-out"
    case signedOutEverywhere = "signed-out-everywhere"
    case ended
    case wasOver = "was-over"
    case othersEnded = "others-ended"
    case passwordSet = "password-set"
    case passwordChanged = "password-changed"
    case accountConfirmed = "account-confirmed"
    case addressConfirmed = "address-confirmed"
    case addressChanged = "address-changed"
    case changeUndone = "change-undone"
    case deactivated
    case reactivated
    case deleted
    case kept
    case profileSaved = "profile-saved"
    case sentAgain = "sent-again"
    /// A member of an organisation.
    case joined

    var field: Query.Field { Query.Field("done", rawValue) }

    func words(_ visit: Visit) -> String {
        switch self {
        case .signedOut: visit.words(Phrase.signedOut)
        case .signedOutEverywhere: visit.words(Phrase.signedOutEverywhere)
        case .ended: visit.words(Phrase.sessionEnded)
        case .wasOver: visit.words(Phrase.sessionWasOver)
        case .othersEnded: visit.words(Phrase.othersEnded)
        case .passwordSet: visit.words(AccountPhrase.passwordWasSet)
        case .passwordChanged: visit.words(AccountPhrase.passwordChanged)
        case .accountConfirmed: visit.words(AccountPhrase.accountConfirmed)
        case .addressConfirmed: visit.words(AccountPhrase.addressConfirmed)
        case .addressChanged: visit.words(AccountPhrase.addressChanged)
        case .changeUndone: visit.words(AccountPhrase.changeUndone)
        case .deactivated: visit.words(AccountPhrase.deactivated)
        case .reactivated: visit.words(AccountPhrase.reactivated)
        case .deleted: visit.words(AccountPhrase.deleted)
        case .kept: visit.words(AccountPhrase.kept)
        case .profileSaved: visit.words(ProfilePhrase.saved)
        case .sentAgain: visit.words(AccountPhrase.sentAgain)
        case .joined: visit.words(AccountPhrase.joined)
        }
    }
}

extension Done {
    /// Said to somebody who is signed in no more.
    static let onLogin: Set<Done> = [
        .signedOut, .signedOutEverywhere, .passwordSet, .accountConfirmed, .addressConfirmed, .addressChanged,
        .changeUndone, .deactivated, .reactivated, .deleted, .kept, .joined,
    ]
    static let onAccount: Set<Done> = [
        .ended, .wasOver, .othersEnded, .passwordChanged, .addressConfirmed, .addressChanged, .accountConfirmed,
        .reactivated, .profileSaved, .joined,
    ]
}

extension Visit {
    /// What happened just before; the words are ours, whatever the address says.
    func done(among known: Set<Done>) -> Notice? {
        guard let done = page.request.query?["done"].flatMap({ Done(rawValue: $0) }), known.contains(done)
        else { return nil }
        return .good(done.words(self))
    }
}
