internal import Concurrency
internal import Domain
internal import Standards
internal import Storage

/// Makes a ``Realm`` out of what the database holds of it.
struct RealmOpening: Sendable {
    let store: any Store
    let keys: SigningKeys
    let recorder: Recorder
    let capabilities: Capabilities

    private struct Found: Sendable {
        let realm: StoredRealm?
        let keys: [StoredSigningKey]
        let nobody: [UInt8]?
        let now: Timestamp
        let place: FeedHead
    }

    /// `nil` where there is no such realm; the default and the operators' realm exist without a row.
    func open(_ name: RealmName, base: RealmBase) async throws(OpenFault) -> Realm? {
        let found: Found
        do {
            let read = try await store.read { (reader) throws(StoreFault) -> Found? in
                let realm = try reader.realm(named: name)
                // Strangers make names up; each costs one question, and no more.
                guard realm != nil || name.alwaysExists else { return nil }
                return Found(
                    realm: realm, keys: try reader.signingKeys(realm: name),
                    nobody: try reader.subjectKey(of: .nobody, realm: name), now: reader.now,
                    place: try reader.feedHead())
            }
            guard let read else { return nil }
            found = read
        } catch { throw .store(error) }
        if let stored = found.realm, !RealmDocument.understands(stored.settings) {
            throw .store(.damaged("the settings of the realm '\(name)' cannot be understood"))
        }
        let realm = base.realm(name, found.realm)
        if found.keys.contains(where: { !$0.life.isRetired(at: found.now) }) {
            try keys.adopt(found.keys, realm: realm, at: found.now, found.place)
        } else {
            try await keys.begin(realm)
        }
        let nobody = try await nobodyKey(found.nobody, of: name)
        realm.nobody.withLock { $0 = nobody }
        return realm
    }

    private func nobodyKey(_ present: [UInt8]?, of realm: RealmName) async throws(OpenFault) -> SubjectKey {
        var stored = present
        if stored == nil {
            let (_, wrapped) = recorder.subjectKeys.make(for: .nobody, realm: realm)
            do {
                stored = try await store.transaction(in: .realm(realm)) { (tx) throws(StoreFault) in
                    try tx.claimSubjectKey(wrapped, subject: .nobody, realm: realm)
                }
            } catch { throw .store(error) }
        }
        guard let key = recorder.subjectKeys.open(stored, for: .nobody, realm: realm) else { throw .wrongMasterKey }
        return key
    }

    func establish(_ realm: Realm) async throws(OpenFault) {
        let role = StandardRole(in: realm.name, recorder, capabilities)
        do { try await store.transaction { (tx) throws(StoreFault) in try role.insert(into: tx) } } catch {
            throw .store(error)
        }
    }
}
