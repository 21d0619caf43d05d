internal import API
internal import Concurrency
internal import Config
internal import Domain
internal import Flows
internal import Glibc
internal import HTTP
internal import HTTPServer
internal import Pages
internal import Storage

/// A running server: everything that `aldrava serve` is, without the two processes around it.
///
/// A class, because it owns threads, sockets and files; ``stop()`` gives them back.
final class Server: Sendable {
    let premises: Premises
    private let loops: [EventLoop]
    private let http: HTTPServer
    private let control: HTTPServer
    let certificates: TLSCertificates?
    let auditLog: AuditLog
    let accessLog: AccessLog?
    private let readiness: ReadyWatch
    private let trouble: TroubleTally
    private let parent: ParentLine
    private let grace: Duration
    private let mail: MailRoute
    /// Ended before the last flush.
    private let maintenance: [Task<Void, Never>]
    /// Ended after it.
    private let writing: [Task<Void, Never>]

    /// Starts everything, and returns once requests are answered.
    ///
    /// - Throws: ``StartFault`` with one sentence; whatever had been started is stopped again.
    static func start(_ config: Config, _ inheritance: Inheritance) async throws(StartFault) -> Server {
        FileLimit.raise()
        let certificates = try openCertificates(config)
        let folder = try DataFolder.takeSoon(config.data, follows: inheritance.follows)
        var premises = try await Premises.open(config, folder)
        premises.isServing = true
        do throws(StoreFault) { try await premises.useCases.maintenance.enter() } catch {
            await premises.close()
            throw StartFault.database(error)
        }
        let loops: [EventLoop]
        do { loops = try makeLoops(config.loops) } catch {
            await premises.close()
            throw error
        }
        do throws(StartFault) {
            let server = try await Server(config, premises, loops, inheritance, certificates)
            // Its parent has said these already.
            for event in inheritance.untold { premises.systemLog.report(event, isTold: false) }
            let addresses = inheritance.sockets.map(\.url).joined(separator: " and ")
            premises.systemLog.report(
                SystemEvent(.info, "start", "aldrava \(Product.version) listens on \(addresses)"))
            let log = premises.systemLog
            MailRoute.announce(config) { log.report($0) }
            // The parent forgets them once this server says that it is ready: by then they stand in the file.
            if !inheritance.untold.isEmpty { await premises.systemLog.flush() }
            return server
        } catch {
            premises.systemLog.report(SystemEvent(.error, "start_failed", error.description), isTold: false)
            for loop in loops { loop.stop() }
            await premises.close()
            throw error
        }
    }

    private init(
        _ config: Config, _ premises: Premises, _ loops: [EventLoop], _ inheritance: Inheritance,
        _ certificates: TLSCertificates?
    ) async throws(StartFault) {
        self.premises = premises
        self.certificates = certificates
        parent = inheritance.parent
        self.loops = loops
        let useCases = premises.useCases
        let report = premises.capabilities.report
        grace = config.shutdownGrace
        let mail = MailRoute(config, report: report)
        self.mail = mail
        auditLog = try await Self.openAuditLog(config, premises)

        let readiness = ReadyWatch(premises, folder: config.data)
        let page = Lock<MetricsPage?>(nil)
        let api = try Self.makeAPI(config, premises, readiness, page)
        let accessLog = try Self.openAccessLog(config, premises, api.metrics)
        self.readiness = readiness
        self.accessLog = accessLog
        let erased = ErasedLogs(
            folder: config.data, archive: premises.archive, accessLog: accessLog, pool: premises.logPool,
            premises: premises)
        auditLog.erased.withLock { $0 = erased }
        let observed = api.logging(to: accessLog)
        let trouble = TroubleTally()
        let events = ServerEventCounts()
        self.trouble = trouble
        var settings = Self.settings(config)
        settings.maxConnections = Self.mostConnections(config, report)
        http = HTTPServer(
            loops: loops, settings: settings, journal: inheritance.journal,
            log: {
                trouble.note($0)
                events.note($0)
            },
            answerNow: { [trap = inheritance.trap] request in
                if let trap { return trap.answerNow(request) }
                guard let answer = observed.answerNow(request) else { return nil }
                premises.probes.note(request)
                return answer
            },
            handler: { [trap = inheritance.trap] request in
                if let answer = await trap?.answer(request) { return answer }
                premises.probes.note(request)
                return await observed.answer(request)
            })
        control = HTTPServer(
            loops: [loops[0]], settings: ServerSettings(), log: { trouble.note($0) },
            handler: { [parent] request in
                if let answer = await UpgradeEndpoint.answer(request, parent) { return answer }
                if let answer = await Self.answerMetrics(request, page) { return answer }
                return await ControlEndpoint.answer(request, premises)
            })
        let everything = MetricsPage(
            premises: premises, requests: api.metrics, http: http, events: events, auditLog: auditLog,
            accessLog: accessLog, readiness: readiness)
        page.withLock { $0 = everything }
        try Self.listenForCommands(control, at: config.path(ControlEndpoint.socketName))
        if let certificates { Self.reportValidity(of: certificates, now: premises.capabilities.now(), report) }
        for entry in inheritance.sockets {
            http.listen(on: entry.socket, certificates: entry.isTLS ? certificates : nil)
        }

        let (first, auditLog) = (loops[0], auditLog)
        first.execute { [parent] in
            do throws(SystemFault) {
                try parent.attach(to: loops) { premises.systemLog.report($0, isTold: false) }
            } catch {
                report(SystemEvent(.error, "supervisor_unheard", "\(error); upgrades and the watchdog do not work"))
            }
        }
        maintenance = [
            spawn(on: first) { await useCases.maintenance.run() },
            spawn(on: first) { await useCases.maintenance.followFeed() },
            spawn(on: first) { await useCases.passwordUpgrades.run() },
            spawn(on: first) { await trouble.reportPeriodically(on: first, report) },
            spawn(on: first) { await readiness.watch(on: first) },
            spawn(on: first) { await Self.followCommits(premises, on: first) },
            spawn(on: first) { await Self.ringPeriodically(premises.news, on: first) },
            spawn(on: first) { await useCases.mail.deliver.run(through: mail.sender) },
        ]
        writing =
            [
                spawn(on: first) { await auditLog.follow(on: first) },
                spawn(on: first) { await auditLog.ringPeriodically(on: first) },
            ] + (accessLog.map { log in [spawn(on: first) { await log.follow(on: first) }] } ?? [])
        premises.archive.settleSoon()
    }

    /// How long a kept connection may still bring a request when the server stops.
    private static let farewell = Duration.milliseconds(250)

    /// Stops in the order in which nothing is lost: requests under way, what this node remembers, the logs, the
    /// database.
    func stop() async {
        let report = premises.capabilities.report
        readiness.stop()
        report(SystemEvent(.info, "stopping", "requests under way may take \(grace.components.seconds) seconds"))
        await http.shutDown(grace: grace, farewell: Self.farewell)
        await control.shutDown(grace: .seconds(1))
        loops[0].execute { [parent] in parent.detach() }
        for task in maintenance { task.cancel() }
        mail.stop()
        premises.news.ring()
        for task in maintenance { await task.value }
        mail.close()
        do {
            try await premises.useCases.maintenance.flush()
            try await premises.useCases.maintenance.leave()
        } catch { report(SystemEvent(.error, "flush_failed", "\(error)")) }
        trouble.report(report)
        auditLog.stop()
        for task in writing { task.cancel() }
        for task in writing { await task.value }
        await auditLog.catchUp()
        await accessLog?.close()
        report(SystemEvent(.info, "stop", "aldrava \(Product.version) has stopped"))
        for loop in loops { loop.stop() }
        await premises.close()
    }

    private static func makeLoops(_ count: Int) throws(StartFault) -> [EventLoop] {
        var loops: [EventLoop] = []
        do {
            for index in 0..<count { loops.append(try EventLoop(name: "loop-\(index)", lane: index)) }
        } catch { throw .unavailable("The event loops cannot be made: \(error).") }
        for loop in loops { loop.start() }
        return loops
    }
}
