internal import API
internal import Concurrency
public import Config
internal import Domain
internal import Flows
internal import Glibc
internal import HTTP
internal import HTTPServer

/// A running server: everything that `aldrava serve` is, without the process around it.
///
/// A class, because it owns threads, sockets and files; ``stop()`` gives them back.
public final class Server: Sendable {
    /// Where it listens, as a URL or `unix:/path`.
    public let address: String
    private let premises: Premises
    private let loops: [EventLoop]
    private let http: HTTPServer
    private let control: HTTPServer
    private let auditLog: AuditLog
    private let trouble: TroubleTally
    private let grace: Duration
    /// Ended before the last flush.
    private let maintenance: [Task<Void, Never>]
    /// Ended after it.
    private let writing: [Task<Void, Never>]

    /// Starts everything, and returns once requests are answered.
    ///
    /// - Throws: ``StartFault`` with one sentence; whatever had been started is stopped again.
    public static func start(_ config: Config) async throws(StartFault) -> Server {
        raiseFileLimit()
        guard let folder = try DataFolder.take(config.data, mayMake: true) else {
            throw .unavailable("Another server, or a command, holds the data folder \(config.data).")
        }
        let premises = try await Premises.open(config, folder)
        let loops: [EventLoop]
        do { loops = try makeLoops(config.loops) } catch {
            await premises.close()
            throw error
        }
        do throws(StartFault) {
            let server = try await Server(config, premises, loops)
            premises.systemLog.report(
                SystemEvent(.info, "start", "aldrava \(Product.version) listens on \(server.address)"))
            return server
        } catch {
            premises.systemLog.report(SystemEvent(.error, "start_failed", error.description), isTold: false)
            for loop in loops { loop.stop() }
            await premises.close()
            throw error
        }
    }

    private init(_ config: Config, _ premises: Premises, _ loops: [EventLoop]) async throws(StartFault) {
        self.premises = premises
        self.loops = loops
        let useCases = premises.useCases
        let report = premises.capabilities.report
        grace = config.shutdownGrace
        auditLog = try await Self.openAuditLog(config, premises)

        let api = try Self.makeAPI(config, premises)
        let trouble = TroubleTally()
        self.trouble = trouble
        http = HTTPServer(
            loops: loops, settings: Self.settings(config), log: { trouble.note($0) },
            handler: { await api.answer($0) })
        control = HTTPServer(
            loops: [loops[0]], settings: ServerSettings(), log: { trouble.note($0) },
            handler: { await ControlEndpoint.answer($0, premises) })
        try Self.listenForCommands(control, at: config.path(ControlEndpoint.socketName))
        do throws(StartFault) {
            address = try Self.listen(http, at: config.listen)
        } catch {
            await control.shutDown(grace: .zero)
            throw error
        }

        let (first, auditLog) = (loops[0], auditLog)
        maintenance = [
            spawn(on: first) { await useCases.maintenance.run() },
            spawn(on: first) { await useCases.maintenance.followFeed() },
            spawn(on: first) { await trouble.reportPeriodically(on: first, report) },
            spawn(on: first) { await Self.followCommits(premises, on: first) },
            spawn(on: first) { await Self.ringPeriodically(premises.news, on: first) },
        ]
        writing = [
            spawn(on: first) { await auditLog.follow(on: first) },
            spawn(on: first) { await auditLog.ringPeriodically(on: first) },
        ]
    }

    /// Stops in the order in which nothing is lost: requests under way, what this node remembers, the logs, the
    /// database.
    public func stop() async {
        let report = premises.capabilities.report
        report(SystemEvent(.info, "stopping", "requests under way may take \(grace.components.seconds) seconds"))
        await http.shutDown(grace: grace)
        await control.shutDown(grace: .seconds(1))
        for task in maintenance { task.cancel() }
        premises.news.ring()
        for task in maintenance { await task.value }
        do { try await premises.useCases.maintenance.flush() } catch {
            report(SystemEvent(.error, "flush_failed", "\(error)"))
        }
        trouble.report(report)
        auditLog.stop()
        for task in writing { task.cancel() }
        for task in writing { await task.value }
        await auditLog.catchUp()
        report(SystemEvent(.info, "stop", "aldrava \(Product.version) has stopped"))
        for loop in loops { loop.stop() }
        await premises.close()
    }

    private static func makeLoops(_ count: Int) throws(StartFault) -> [EventLoop] {
        var loops: [EventLoop] = []
        do {
            for index in 0..<count { loops.append(try EventLoop(name: "loop-\(index)")) }
        } catch { throw .unavailable("The event loops cannot be made: \(error).") }
        for loop in loops { loop.start() }
        return loops
    }

    private static func openAuditLog(_ config: Config, _ premises: Premises) async throws(StartFault) -> AuditLog {
        let path = config.path(AuditLog.name)
        do {
            return try await AuditLog.open(
                path: path, pool: premises.logPool, readLog: premises.useCases.readLog, commits: premises.commits,
                report: premises.capabilities.report)
        } catch let fault as File.Fault {
            throw .configuration("The log \(path) \(fault.description).")
        } catch {
            throw .unavailable("The log \(path) cannot be completed: \(error).")
        }
    }

    private static func makeAPI(_ config: Config, _ premises: Premises) throws(StartFault) -> API {
        guard let realm = premises.useCases.realms[.standard] else {
            throw .configuration("The realm 'default' is missing.")
        }
        let cors = CORSPolicy.api(origins: Set(config.corsOrigins))
        do {
            return try API(
                premises.useCases, realm: realm, cors: config.corsOrigins.isEmpty ? nil : cors,
                version: Product.version, report: premises.capabilities.report)
        } catch { throw .configuration("The map of routes contradicts itself: \(error).") }
    }

    /// As many open files as the system lets this user have; each connection is one.
    private static func raiseFileLimit() {
        var limit = rlimit()
        guard unsafe getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return }
        limit.rlim_cur = limit.rlim_max
        unsafe setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
    }
}
