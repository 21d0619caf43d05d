public import Domain
internal import Standards
public import Storage

/// Makes the schema `aldrava` and changes whom it believes; for the command line, with a role that owns the schema.
public struct ChangeRowSecurity: Sendable {
    private let store: any Store
    private let keys: DatabaseTokenKeys
    private let recorder: Recorder
    private let random: @Sendable (Int) -> [UInt8]

    /// How long tokens of the key before are believed, besides what they have to live.
    public static let overlap = Duration.seconds(120)

    public enum Outcome: Sendable, Equatable {
        case done(isNew: Bool)
        case refused(IdentitySchema.State)
        /// The schema believes another Aldrava.
        case ofAnother
        case noSuchRealm
    }

    public init(
        store: any Store, master: MasterKey, capabilities: Capabilities, node: String
    ) async throws(OpenFault) {
        let dataKeys = try await DataKeys.open(master, in: store, capabilities)
        guard let recorder = Recorder(dataKeys, node: node, capabilities: capabilities) else { throw .wrongMasterKey }
        self.store = store
        self.recorder = recorder
        keys = DatabaseTokenKeys(dataKeys)
        random = capabilities.random
    }

    /// Installs what is missing, brings the functions up to date, and admits a realm. May be repeated.
    public func install(admitting realm: RealmName) async throws(StoreFault) -> Outcome {
        let fresh = keys.fresh(random)
        let event = draft(.admitToDatabase, realm)
        return try await store.transaction { [keys] (tx) throws(StoreFault) -> Outcome in
            let state = try tx.identitySchema()
            let stored = try Self.name(tx)
            switch state {
            case .forbidden, .foreign, .unsupported: return .refused(state)
            case .absent: break
            case .present(let ids):
                if !ids.isEmpty, !ids.contains(where: { $0.utf8.elementsEqual((stored?.id ?? "").utf8) }) {
                    return .ofAnother
                }
            }
            if realm != .standard, realm != .system, try tx.realm(named: realm) == nil { return .noSuchRealm }
            let name = stored ?? fresh
            guard let key = keys.prepared(name) else { throw .unexpected("a data key is missing") }
            try tx.installIdentitySchema()
            try tx.insert(key)
            if stored == nil { try tx.setSetting(DatabaseTokenKeys.settingName, to: name.bytes) }
            let isNew = try tx.admitIdentities(of: realm)
            if isNew { try event.append(to: tx) }
            return .done(isNew: isNew)
        }
    }

    /// Believes tokens of a realm no more, from the next `aldrava.enter` on.
    public func dismiss(_ realm: RealmName) async throws(StoreFault) -> Outcome {
        let event = draft(.dismissFromDatabase, realm)
        return try await change { (tx) throws(StoreFault) in
            let isNew = try tx.dismissIdentities(of: realm)
            if isNew { try event.append(to: tx) }
            return isNew
        }
    }

    /// Puts another key in the place of the present one, whose tokens are believed for the overlap, or not any more.
    public func rotate(atOnce: Bool) async throws(StoreFault) -> Outcome {
        let name = keys.fresh(random)
        guard let key = keys.prepared(name) else { throw .unexpected("a data key is missing") }
        let event = draft(.rotateDatabaseTokenKey, .system, [("at_once", .bool(atOnce))])
        return try await change { (tx) throws(StoreFault) in
            try tx.insert(key)
            try tx.endIdentityKeys(except: name.id, after: atOnce ? .zero : Self.overlap)
            try tx.setSetting(DatabaseTokenKeys.settingName, to: name.bytes)
            try event.append(to: tx)
            return true
        }
    }

    private func change(
        _ body: @escaping @Sendable (any StoreTransaction) throws(StoreFault) -> Bool
    ) async throws(StoreFault) -> Outcome {
        try await store.transaction { (tx) throws(StoreFault) -> Outcome in
            let state = try tx.identitySchema()
            guard case .present(let ids) = state else { return .refused(state) }
            guard let name = try Self.name(tx), ids.contains(where: { $0.utf8.elementsEqual(name.id.utf8) }) else {
                return .ofAnother
            }
            return .done(isNew: try body(tx))
        }
    }

    private func draft(_ deed: Deed, _ realm: RealmName, _ details: [(String, JSON)] = []) -> EventDraft {
        recorder.draft(deed, realm: realm, confirmedBy: "cli", source: .local, details: details)
    }

    private static func name(_ reader: any StoreReader) throws(StoreFault) -> DatabaseTokenKeys.Name? {
        try reader.setting(DatabaseTokenKeys.settingName).flatMap(DatabaseTokenKeys.Name.init)
    }
}
