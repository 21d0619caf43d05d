internal import Domain
internal import Storage

/// The key under which one person's part of every event is sealed. Destroying it erases the person from the audit.
struct SubjectKey: Sendable {
    let subject: ID<User>
    let key: Secret
}

/// Makes subjects' keys and opens the stored ones.
struct SubjectKeys: Sendable {
    let wrapping: Wrapping
    let random: @Sendable (Int) -> [UInt8]

    func make(for subject: ID<User>, realm: RealmName) -> (key: SubjectKey, wrapped: WrappedKey) {
        let secret = Secret(random(32))
        return (
            SubjectKey(subject: subject, key: secret), wrapping.wrap(secret, purpose: purpose(subject, realm))
        )
    }

    /// `nil` for a key that was erased, or that belongs to somebody else.
    func open(_ wrapped: [UInt8]?, for subject: ID<User>, realm: RealmName) -> SubjectKey? {
        guard let wrapped, let secret = wrapping.unwrap(wrapped, purpose: purpose(subject, realm)) else { return nil }
        return SubjectKey(subject: subject, key: secret)
    }

    private func purpose(_ subject: ID<User>, _ realm: RealmName) -> String { Self.purpose(subject, realm) }

    /// What a subject's key is bound to.
    static func purpose(_ subject: ID<User>, _ realm: RealmName) -> String { "subject key \(realm.text) \(subject)" }
}
