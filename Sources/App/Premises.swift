internal import Concurrency
internal import Config
internal import Crypto
internal import Domain
internal import Flows
internal import Glibc
internal import Storage
internal import StoragePostgres
internal import StorageSQLite

/// What a server and a command without a server have in common: the locked folder, the database, the use cases.
struct Premises: Sendable {
    let config: Config
    let folder: DataFolder
    let systemLog: SystemLog
    let logPool: ThreadPool
    let hashPool: ThreadPool
    let hashQueue: FairQueue
    let archive: LogArchive
    let defenceFiles: DefenceFiles
    let databaseWork: DatabaseWork
    let store: any Store
    let useCases: UseCases
    let capabilities: Capabilities
    /// Ends what the audit log waits for; rung after each commit of this process.
    let commits: Wakeup
    /// The same for the streams of events.
    let news: Wakeup
    let isBackingUp = Lock(false)
    let probes = Probes()
    /// Whether a server stands on this, and not a single command.
    var isServing = false

    /// Opens everything, in the order in which one thing needs another; what was opened is closed on failure.
    static func open(_ config: Config, _ folder: DataFolder) async throws(StartFault) -> Premises {
        let logPool = ThreadPool(name: "log", threads: 1)
        let systemLog: SystemLog
        do {
            systemLog = try SystemLog(
                path: config.path(SystemLog.name), level: config.severity, pool: logPool, node: config.node,
                now: Clock.now)
        } catch {
            logPool.shutDown()
            throw .configuration("The log \(config.path(SystemLog.name)) \(error.description).")
        }
        let capabilities = Capabilities(
            now: Clock.now, monotonic: Clock.monotonic, random: { Random.bytes($0) },
            pause: { duration throws(CancellationError) in
                guard let loop = EventLoop.current else { throw CancellationError() }
                try await loop.sleep(for: duration)
            },
            report: { systemLog.report($0) })
        let archive = LogArchive(
            folder: config.data, logs: [AuditLog.name, SystemLog.name, AccessLog.name], rotation: config.rotation,
            now: Clock.now, report: { systemLog.report($0) })
        systemLog.keep(archive)
        let hashPool = ThreadPool(name: "hash", threads: config.hashThreads, givesWay: true)
        // Together with the hash itself and the commit it is below a second until a sign-in is answered.
        let hashQueue = FairQueue(
            pool: hashPool, places: config.hashQueue, patience: .milliseconds(750), deadline: .seconds(10))
        do throws(StartFault) {
            let (commits, news) = (Wakeup(), Wakeup())
            let work = DatabaseWork(lanes: config.loops)
            let store = WatchedStore(try await openStore(config), work, commits, news)
            do throws(StartFault) {
                let files = try DefenceFiles(config, capabilities.report)
                let useCases: UseCases
                do throws(StartFault) {
                    useCases = try await openUseCases(config, store, capabilities, hashQueue, files.sources)
                } catch {
                    files.stop()
                    throw error
                }
                return Premises(
                    config: config, folder: folder, systemLog: systemLog, logPool: logPool, hashPool: hashPool,
                    hashQueue: hashQueue, archive: archive, defenceFiles: files, databaseWork: work, store: store,
                    useCases: useCases,
                    capabilities: capabilities, commits: commits, news: news)
            } catch {
                await store.close()
                throw error
            }
        } catch {
            systemLog.report(SystemEvent(.error, "start_failed", error.description), isTold: false)
            await systemLog.flush()
            hashPool.shutDown()
            logPool.shutDown()
            archive.stop()
            throw error
        }
    }

    /// The database last, so that whatever still writes can.
    func close() async {
        hashPool.shutDown()
        defenceFiles.stop()
        await store.close()
        await systemLog.flush()
        logPool.shutDown()
        archive.stop()
    }

    static func openStore(_ config: Config) async throws(StartFault) -> any Store {
        if let url = config.databaseURL, let problem = PostgresStore.problem(with: url) {
            throw .configuration("ALDRAVA_DATABASE: \(problem).")
        }
        do throws(StoreFault) {
            if let url = config.databaseURL {
                let store = try await PostgresStore.open(url: url, connections: config.databaseConnections)
                do throws(StoreFault) { try requireSameTime(try await store.clockOffset(now: Clock.now)) } catch {
                    await store.close()
                    throw error
                }
                return store
            }
            return try await SQLiteStore.open(path: config.path("aldrava.db"), now: Clock.now)
        } catch { throw .database(error) }
    }

    /// A clock that is behind takes tokens that have expired; one that is ahead ends sessions too early.
    private static func requireSameTime(_ offset: Duration) throws(StoreFault) {
        guard offset.components.seconds.magnitude < 2 else {
            throw .unavailable(
                "its clock and this machine's are \(offset.components.seconds.magnitude) seconds apart")
        }
    }

    private static func openUseCases(
        _ config: Config, _ store: any Store, _ capabilities: Capabilities, _ hashQueue: FairQueue,
        _ defenceSources: DefenceSources
    ) async throws(StartFault) -> UseCases {
        try MailRoute.check(config)
        let master = try await MasterKeyFile.key(config, for: store, capabilities.report)
        do throws(OpenFault) {
            return try await UseCases.open(
                store: store, capabilities: capabilities, master: master,
                base: RealmBase(
                    publicURL: config.publicURL, rules: rules(config), hasPlainCookies: config.insecureCookies,
                    hosts: config.hosts),
                hashQueue: hashQueue,
                hashCost: UseCases.HashCost(memoryKiB: config.argon2MemoryKiB, passes: config.argon2Passes),
                auditLimits: UseCases.AuditLimits(
                    eventsPerSecond: config.eventsPerSecond,
                    streams: LiveEvents.Limits(total: config.streams, perUser: config.streamsPerUser)),
                environmentKey: environmentKey(config), defenceSources: defenceSources, node: config.node)
        } catch { throw .opening(error) }
    }

    /// What holds for every realm that says nothing else.
    private static func rules(_ config: Config) -> RealmRules {
        var rules = RealmRules.standard
        rules.accessLifetime = config.accessLifetime
        rules.idleLimit = config.sessionIdle
        rules.absoluteLimit = config.sessionAbsolute
        rules.refreshGrace = config.refreshGrace
        rules.signingAlgorithm = config.signingAlgorithm
        rules.keyRotation = config.keyRotation
        rules.allowedOrigins = config.corsOrigins
        rules.mailFrom = config.mailFrom
        return rules
    }
}

/// The key that the settings hold, if they do.
private func environmentKey(_ config: Config) -> EnvironmentKey? {
    config.serviceKey.map {
        EnvironmentKey(
            $0, previous: config.serviceKeyPrevious, permissions: config.serviceKeyPermissions,
            networks: config.serviceKeyNetworks, expiresAt: config.serviceKeyExpires)
    }
}

extension StartFault {
    static func opening(_ fault: OpenFault) -> StartFault {
        switch fault {
        case .store(let fault): .database(fault)
        case .wrongMasterKey, .unreadableSigningKey: .configuration(fault.description)
        }
    }

    static func database(_ fault: StoreFault) -> StartFault { .unavailable(fault.sentence) }
}

extension StoreFault {
    /// Commands bring no key for a request that may be sent again.
    static let repeatedUnasked = StoreFault.unexpected("it was made before, and nobody asked for that")

    /// The database's own words, as a sentence for who runs a command.
    var sentence: String {
        switch self {
        case .unavailable(let detail): "The database cannot be used: \(detail)."
        case .full(let detail): "The database's disk is full: \(detail)."
        case .inputOutput(let detail): "The database cannot be read or written: \(detail)."
        case .constraint(let detail): "The database refuses the change: \(detail)."
        case .busy(let detail): "The database is busy: \(detail)."
        case .damaged(let detail): "The database is damaged: \(detail)."
        case .closed: "The database is closed."
        case .unexpected(let detail): "The database answers unexpectedly: \(detail)."
        }
    }
}

/// The machine's two clocks.
enum Clock {
    static let now: @Sendable () -> Timestamp = {
        let time = read(CLOCK_REALTIME)
        return Timestamp(milliseconds: time)
    }

    static let monotonic: @Sendable () -> Int64 = { read(CLOCK_MONOTONIC) }

    private static func read(_ clock: clockid_t) -> Int64 {
        var time = timespec()
        unsafe clock_gettime(clock, &time)
        return Int64(time.tv_sec) * 1_000 + Int64(time.tv_nsec) / 1_000_000
    }
}
