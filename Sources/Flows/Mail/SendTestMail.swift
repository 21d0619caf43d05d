internal import Concurrency
public import Domain
internal import Standards
public import Storage

/// Writes a letter that says nothing, to see whether mail arrives.
public struct SendTestMail: Sendable {
    let store: any Store
    let postman: Postman

    public enum Outcome: Sendable {
        case written(ID<MailItem>)
        case notAnAddress
    }

    public func callAsFunction(
        to address: String, language: Language?, in realm: Realm
    ) async throws(StoreFault) -> Outcome {
        guard case .success = EmailAddress.parse(address) else { return .notAnAddress }
        let draft = postman.draft(
            .test,
            to: Addressee(
                key: realm.nobody.withLock { $0 }, email: address, username: "", language: language), in: realm)
        guard let id = draft.id else { return .notAnAddress }
        try await store.transaction(in: .realm(realm)) { (tx) throws(StoreFault) in try draft.append(to: tx) }
        return .written(id)
    }
}
