public import Concurrency
internal import Crypto
public import Domain
internal import Standards
public import Storage

/// Everything Aldrava can do. Made once, by `App`; every surface stands on this one value.
public struct UseCases: Sendable {
    public let realms: [RealmName: RealmSettings]
    public let signUp: SignUp
    public let signIn: SignIn
    public let refresh: Refresh
    public let signOut: SignOut
    public let authenticate: Authenticate
    public let listEvents: ListEvents
    public let readLog: ReadLog
    public let liveEvents: LiveEvents
    public let recordEvents: RecordEvents
    public let databaseStatus: DatabaseStatus
    public let createRole: CreateRole
    public let createPermission: CreatePermission
    public let changeGrant: ChangeGrant
    public let addUser: AddUser
    public let setUserActive: SetUserActive
    public let showUser: ShowUser
    public let listUsers: ListUsers
    public let listSessions: ListSessions
    public let listAccess: ListAccess
    public let endSession: EndSession
    public let deleteRole: DeleteRole
    public let inspectToken: InspectToken
    public let refusals: FoldedRefusals
    public let signingKeys: SigningKeys
    public let listSigningKeys: ListSigningKeys
    public let rotateSigningKey: RotateSigningKey
    public let retireSigningKey: RetireSigningKey
    public let importSigningKey: ImportSigningKey
    public let maintenance: Maintenance

    /// How much a password hash may cost; new hashes have exactly this cost, weaker ones are raised at sign-in.
    public struct HashCost: Sendable {
        public let memoryKiB: Int
        public let passes: Int

        /// OWASP's first choice for Argon2id: 19 MiB, two passes.
        public static let standard = HashCost(memoryKiB: 19_456, passes: 2)

        public init(memoryKiB: Int, passes: Int) {
            self.memoryKiB = memoryKiB
            self.passes = passes
        }
    }

    /// How much of the audit one node does for its clients.
    public struct AuditLimits: Sendable {
        /// How many events one caller may write; ten seconds' worth at once.
        public let eventsPerSecond: Int
        public let streams: LiveEvents.Limits

        public static let standard = AuditLimits(eventsPerSecond: 100, streams: .standard)

        public init(eventsPerSecond: Int, streams: LiveEvents.Limits) {
            self.eventsPerSecond = eventsPerSecond
            self.streams = streams
        }
    }

    /// Whether `master` may be made up: true only for a database that never had one.
    public static func isFresh(_ store: any Store) async throws(StoreFault) -> Bool {
        try await store.read { (reader) throws(StoreFault) in try reader.setting(DataKeys.checkName) == nil }
    }

    /// Checks the master key against the database, reads or makes every realm's keys, and builds the flows.
    public static func open(
        store: any Store, capabilities: Capabilities, master: MasterKey, realms: [RealmSettings],
        hashQueue: FairQueue, hashCost: HashCost = .standard, auditLimits: AuditLimits = .standard, node: String
    ) async throws(OpenFault) -> UseCases {
        let dataKeys = try await DataKeys.open(master, in: store, capabilities)
        let wrapping = dataKeys.wrapping(random: capabilities.random)
        guard let recorder = Recorder(dataKeys, node: node, capabilities: capabilities) else { throw .wrongMasterKey }
        let keys = SigningKeys(store: store, wrapping: wrapping, capabilities: capabilities)
        let memory = PasswordMemory()
        var nobody: [RealmName: SubjectKey] = [:]
        for realm in realms {
            try await keys.begin(realm)
            if realm.name != .system { try await makeStandardRole(in: realm.name, store, recorder, capabilities) }
            nobody[realm.name] = try await nobodyKey(of: realm.name, store, recorder)
        }
        let parameters = Argon2Parameters(memoryKiB: hashCost.memoryKiB, passes: hashCost.passes, lanes: 1)
        let passwords = Passwords(
            queue: hashQueue, parameters: parameters, recorder: recorder, capabilities: capabilities, memory: memory)
        let live = LiveSessions(
            capacity: LiveSessions.standardCapacity, isShared: store.isShared, monotonic: capabilities.monotonic)
        let refusals = FoldedRefusals(store: store, recorder: recorder, nobody: nobody)
        let accessTokens = AccessTokens(keys: keys, capabilities: capabilities)
        let start = SessionStart(
            accessTokens: accessTokens, refreshTokens: RefreshTokens(dataKeys, now: capabilities.now),
            capabilities: capabilities)
        let reader = EventReader(recorder: recorder, capabilities: capabilities)
        let keyChange = SigningKeyChange(store: store, keys: keys, recorder: recorder, live: live)
        let rotate = RotateSigningKey(change: keyChange)
        return UseCases(
            realms: Dictionary(uniqueKeysWithValues: realms.map { ($0.name, $0) }),
            signUp: SignUp(
                store: store, passwords: passwords, recorder: recorder, start: start, capabilities: capabilities,
                refusals: refusals),
            signIn: SignIn(
                store: store, passwords: passwords, recorder: recorder, start: start, capabilities: capabilities,
                nobody: nobody, refusals: refusals),
            refresh: Refresh(store: store, recorder: recorder, start: start, live: live, refusals: refusals),
            signOut: SignOut(store: store, recorder: recorder, live: live),
            authenticate: Authenticate(
                store: store, accessTokens: accessTokens, live: live, capabilities: capabilities),
            listEvents: ListEvents(store: store, reader: reader),
            readLog: ReadLog(store: store, reader: reader),
            liveEvents: LiveEvents(store: store, reader: reader, limits: auditLimits.streams),
            recordEvents: RecordEvents(
                store: store, recorder: recorder, answers: AnswerKeys(dataKeys, now: capabilities.now()),
                rates: CallerRates(
                    rate: Int64(auditLimits.eventsPerSecond), atLeast: Int64(RecordEvents.mostEvents),
                    monotonic: capabilities.monotonic)),
            databaseStatus: DatabaseStatus(store: store, capabilities: capabilities),
            createRole: CreateRole(store: store, recorder: recorder, capabilities: capabilities),
            createPermission: CreatePermission(store: store, recorder: recorder, capabilities: capabilities),
            changeGrant: ChangeGrant(store: store, recorder: recorder, live: live),
            addUser: AddUser(store: store, passwords: passwords, recorder: recorder, capabilities: capabilities),
            setUserActive: SetUserActive(store: store, recorder: recorder, live: live),
            showUser: ShowUser(store: store), listUsers: ListUsers(store: store),
            listSessions: ListSessions(store: store), listAccess: ListAccess(store: store),
            endSession: EndSession(store: store, recorder: recorder, live: live),
            deleteRole: DeleteRole(store: store, recorder: recorder, live: live),
            inspectToken: InspectToken(
                store: store, accessTokens: accessTokens, refreshTokens: start.refreshTokens, realms: realms,
                capabilities: capabilities),
            refusals: refusals, signingKeys: keys, listSigningKeys: ListSigningKeys(store: store),
            rotateSigningKey: rotate, retireSigningKey: RetireSigningKey(change: keyChange, rotate: rotate),
            importSigningKey: ImportSigningKey(rotate: rotate, list: ListSigningKeys(store: store)),
            maintenance: Maintenance(
                store: store, live: live, refusals: refusals, memory: memory, realms: realms.map(\.name),
                follower: FeedFollower(
                    store: store, live: live, keys: keys, realms: realms.map(\.name), capabilities: capabilities),
                keys: KeyMaintenance(
                    realms: realms, rotate: rotate, wrapping: wrapping,
                    change: ChangeMasterKey(store: store, capabilities: capabilities, node: node),
                    presence: NodePresence(
                        store: store, id: capabilities.random(16), name: node, check: master.checkValue)),
                capabilities: capabilities))
    }

    /// Once in a realm's life: an operator who removes the role later does not find it again.
    private static func makeStandardRole(
        in realm: RealmName, _ store: any Store, _ recorder: Recorder, _ capabilities: Capabilities
    ) async throws(OpenFault) {
        let role = Role(
            id: capabilities.id(Role.self), realm: realm, name: Role.standardName,
            description: "Given to everybody who signs up.", createdAt: capabilities.now())
        let made = recorder.draft(
            .createRole, realm: realm, confirmedBy: "server", source: .local, details: [("role", .string(role.name))])
        do {
            try await store.transaction { (tx) throws(StoreFault) in
                guard try tx.claimSetting("standard_role/\(realm.text)", value: []) else { return }
                if try tx.insert(role) { try made.append(to: tx) }
            }
        } catch { throw .store(error) }
    }

    private static func nobodyKey(
        of realm: RealmName, _ store: any Store, _ recorder: Recorder
    ) async throws(OpenFault) -> SubjectKey {
        let (_, wrapped) = recorder.subjectKeys.make(for: .nobody, realm: realm)
        let stored: [UInt8]
        do {
            stored = try await store.transaction { (tx) throws(StoreFault) in
                try tx.claimSubjectKey(wrapped, subject: .nobody, realm: realm)
            }
        } catch { throw .store(error) }
        guard let key = recorder.subjectKeys.open(stored, for: .nobody, realm: realm) else { throw .wrongMasterKey }
        return key
    }
}

/// Why the server cannot begin; each is one sentence for the operator.
public enum OpenFault: Error, Sendable, CustomStringConvertible {
    case wrongMasterKey
    case unreadableSigningKey(RealmName)
    case store(StoreFault)

    public var description: String {
        switch self {
        case .wrongMasterKey: "The master key is not the one this database was made with."
        case .unreadableSigningKey(let realm):
            "A signing key of realm '\(realm)' cannot be opened with this master key."
        case .store(let fault): "The \(fault)."
        }
    }
}
