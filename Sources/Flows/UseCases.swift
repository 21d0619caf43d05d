public import Concurrency
internal import Crypto
public import Domain
internal import Standards
public import Storage

/// Everything Aldrava can do. Made once, by `App`; every surface stands on this one value.
public struct UseCases: Sendable {
    public let realms: Realms
    public let signUp: SignUp
    public let signIn: SignIn
    public let passwordUpgrades: PasswordUpgrades
    public let refresh: Refresh
    public let signOut: SignOut
    public let authenticate: Authenticate
    public let beginHandover: BeginHandover
    public let redeemHandover: RedeemHandover
    public let verify: Verify
    public let listEvents: ListEvents
    public let readLog: ReadLog
    public let liveEvents: LiveEvents
    public let recordEvents: RecordEvents
    public let databaseStatus: DatabaseStatus
    public let createRealm: CreateRealm
    public let changeRealm: ChangeRealm
    public let applyRealm: ApplyRealm
    public let listRealms: ListRealms
    public let showRealm: ShowRealm
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
    public let checkAPIKey: CheckAPIKey
    public let createAPIKey: CreateAPIKey
    public let listAPIKeys: ListAPIKeys
    public let rotateAPIKey: RotateAPIKey
    public let revokeAPIKey: RevokeAPIKey
    public let mail: MailFlows
    public let accounts: AccountFlows
    public let profiles: ProfileFlows
    public let defence: DefenceFlows
    public let privacy: PrivacyFlows
    public let population: PopulationFlows
    public let access: AccessFlows
    public let organisations: OrganisationFlows
    public let impersonation: ImpersonationFlows
    public let administration: AdministrationFlows
    public let rowSecurity: RowSecurityFlows
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
        store: any Store, capabilities: Capabilities, master: MasterKey, base: RealmBase,
        hashQueue: FairQueue, hashCost: HashCost = .standard, auditLimits: AuditLimits = .standard,
        environmentKey: EnvironmentKey? = nil, defenceSources: DefenceSources = .none, node: String
    ) async throws(OpenFault) -> UseCases {
        let dataKeys = try await DataKeys.open(master, in: store, capabilities)
        let wrapping = dataKeys.wrapping(random: capabilities.random)
        guard let recorder = Recorder(dataKeys, node: node, capabilities: capabilities) else { throw .wrongMasterKey }
        let keys = SigningKeys(store: store, wrapping: wrapping, capabilities: capabilities)
        let parameters = Argon2Parameters(memoryKiB: hashCost.memoryKiB, passes: hashCost.passes, lanes: 1)
        let memory = PasswordMemory(parameters: parameters)
        let passwords = Passwords(
            queue: hashQueue, parameters: parameters, recorder: recorder, capabilities: capabilities, memory: memory)
        let passwordUpgrades = PasswordUpgrades(passwords: passwords, store: store, report: capabilities.report)
        let live = LiveSessions(
            capacity: LiveSessions.standardCapacity, isShared: store.isShared, monotonic: capabilities.monotonic)
        let realms = Realms(
            base: base, store: store, live: live,
            opening: RealmOpening(store: store, keys: keys, recorder: recorder, capabilities: capabilities))
        try await realms.begin()
        let refusals = FoldedRefusals(store: store, recorder: recorder)
        let accessTokens = AccessTokens(keys: keys, capabilities: capabilities)
        let accessCookies = AccessCookies(dataKeys, now: capabilities.now)
        let start = SessionStart(
            accessTokens: accessTokens, accessCookies: accessCookies,
            refreshTokens: RefreshTokens(dataKeys, now: capabilities.now),
            capabilities: capabilities)
        let reader = EventReader(recorder: recorder, capabilities: capabilities)
        let keyChange = SigningKeyChange(store: store, keys: keys, recorder: recorder, live: live, realms: realms)
        let rotate = RotateSigningKey(change: keyChange)
        let refresh = Refresh(store: store, recorder: recorder, start: start, live: live, refusals: refusals)
        let realmChange = RealmChange(
            store: store, recorder: recorder, live: live, realms: realms, capabilities: capabilities,
            profiles: RealmProfiles(
                check: CheckProfiles(store: store, recorder: recorder, capabilities: capabilities),
                settle: SettleProfiles(store: store, recorder: recorder, live: live, capabilities: capabilities),
                realms: realms, base: base, capabilities: capabilities), dataKeys: dataKeys)
        let seals = APIKeySeals(dataKeys, capabilities)
        let checkAPIKey = CheckAPIKey(
            store: store, seals: seals, live: live.apiKeys, environment: environmentKey, capabilities: capabilities)
        let defenceKeys = DefenceKeys(dataKeys)
        let throttles = Throttles(store: store, keys: defenceKeys, capabilities: capabilities)
        let proofOfWork = ProofOfWork(store: store, keys: defenceKeys, capabilities: capabilities)
        let breachedPasswords = BreachedPasswords(sources: defenceSources)
        let signUpDefence = SignUpDefence(
            throttles: throttles, proofOfWork: proofOfWork, breachedPasswords: breachedPasswords,
            sources: defenceSources, refusals: refusals)
        let parts = FlowParts(
            store: store, recorder: recorder, passwords: passwords, capabilities: capabilities, live: live,
            realms: realms, refusals: refusals, start: start, dataKeys: dataKeys,
            postman: Postman(
                capabilities: capabilities, desk: MailDesk(monotonic: capabilities.monotonic)),
            throttles: throttles, proofOfWork: proofOfWork, breachedPasswords: breachedPasswords,
            signUpDefence: signUpDefence)
        let mail = MailFlows(parts)
        let signIn = SignIn(
            store: store, passwords: passwords, upgrades: passwordUpgrades, recorder: recorder, start: start,
            capabilities: capabilities, live: live, refusals: refusals, throttles: throttles)
        let accounts = AccountFlows(parts, signIn: signIn)
        let profiles = ProfileFlows(parts)
        let defence = DefenceFlows(parts)
        let privacy = PrivacyFlows(parts)
        let population = PopulationFlows(parts)
        let access = AccessFlows(parts)
        let organisations = OrganisationFlows(parts)
        let impersonation = ImpersonationFlows(parts)
        let administration = AdministrationFlows(parts, accounts, mail, realmChange)
        return UseCases(
            realms: realms,
            signUp: SignUp(
                store: store, passwords: passwords, recorder: recorder, start: start, capabilities: capabilities,
                refusals: refusals, defence: signUpDefence, throttles: throttles,
                proofs: MailProofs(parts: parts)),
            signIn: signIn, passwordUpgrades: passwordUpgrades,
            refresh: refresh, signOut: SignOut(store: store, recorder: recorder, live: live, refresh: refresh),
            authenticate: Authenticate(
                store: store, accessTokens: accessTokens,
                accessCookies: accessCookies, checkAPIKey: checkAPIKey, live: live, realms: realms,
                capabilities: capabilities),
            beginHandover: BeginHandover(store: store, recorder: recorder, capabilities: capabilities),
            redeemHandover: RedeemHandover(
                store: store, recorder: recorder, accessCookies: accessCookies, capabilities: capabilities,
                refusals: refusals),
            verify: Verify(assertions: Assertions(keys: keys, capabilities: capabilities)),
            listEvents: ListEvents(store: store, reader: reader),
            readLog: ReadLog(store: store, reader: reader),
            liveEvents: LiveEvents(store: store, reader: reader, limits: auditLimits.streams),
            recordEvents: RecordEvents(
                store: store, recorder: recorder, answers: AnswerKeys(dataKeys, now: capabilities.now()),
                rates: CallerRates(
                    rate: Int64(auditLimits.eventsPerSecond), atLeast: Int64(RecordEvents.mostEvents),
                    monotonic: capabilities.monotonic)),
            databaseStatus: DatabaseStatus(store: store, capabilities: capabilities),
            createRealm: CreateRealm(change: realmChange), changeRealm: ChangeRealm(change: realmChange),
            applyRealm: ApplyRealm(change: realmChange), listRealms: ListRealms(store: store, base: base),
            showRealm: ShowRealm(store: store, base: base),
            createRole: CreateRole(parts: parts),
            createPermission: CreatePermission(parts: parts),
            changeGrant: ChangeGrant(parts: parts),
            addUser: AddUser(store: store, passwords: passwords, recorder: recorder, capabilities: capabilities),
            setUserActive: SetUserActive(parts: parts),
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
            checkAPIKey: checkAPIKey,
            createAPIKey: CreateAPIKey(
                store: store, recorder: recorder, seals: seals, live: live, capabilities: capabilities,
                dataKeys: dataKeys),
            listAPIKeys: ListAPIKeys(store: store),
            rotateAPIKey: RotateAPIKey(store: store, recorder: recorder, seals: seals, live: live),
            revokeAPIKey: RevokeAPIKey(store: store, recorder: recorder, live: live),
            mail: mail, accounts: accounts, profiles: profiles, defence: defence, privacy: privacy,
            population: population, access: access, organisations: organisations, impersonation: impersonation,
            administration: administration, rowSecurity: RowSecurityFlows(parts),
            maintenance: Maintenance(
                store: store, live: live, refusals: refusals, memory: memory, realms: realms,
                follower: FeedFollower(
                    store: store, live: live, realms: realms, capabilities: capabilities),
                keys: KeyMaintenance(
                    realms: realms, rotate: rotate, wrapping: wrapping,
                    change: ChangeMasterKey(store: store, capabilities: capabilities, node: node),
                    presence: NodePresence(
                        store: store, id: capabilities.random(16), name: node, check: master.checkValue)),
                chores: mail.chores + accounts.chores + profiles.chores + defence.chores + privacy.chores
                    + population.chores + access.chores + organisations.chores + impersonation.chores
                    + administration.chores,
                capabilities: capabilities))
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

extension OpenFault {
    /// The same for a server that runs already.
    var asStoreFault: StoreFault {
        switch self {
        case .store(let fault): fault
        case .wrongMasterKey, .unreadableSigningKey: .unavailable(description)
        }
    }
}
