internal import API
internal import Concurrency
internal import Config
internal import Crypto
internal import Domain
internal import Flows
internal import HTTP
internal import Pages

extension Server {
    /// Goes on in new files where another program moved the logs away; nothing happens where nobody did.
    func reopenLogs() async {
        let report = premises.capabilities.report
        let now = premises.capabilities.now()
        func attempt(_ name: String, _ body: () async throws(File.Fault) -> Void) async {
            do throws(File.Fault) { try await body() } catch {
                report(SystemEvent(.error, "log_not_reopened", "\(name) \(error.description)"))
            }
        }
        await attempt(AuditLog.name) { () throws(File.Fault) in try await auditLog.reopen(at: now) }
        await attempt(SystemLog.name) { () throws(File.Fault) in try await premises.systemLog.reopen() }
        await attempt(AccessLog.name) { () throws(File.Fault) in try await accessLog?.reopen() }
    }

    static func openAuditLog(_ config: Config, _ premises: Premises) async throws(StartFault) -> AuditLog {
        let path = config.path(AuditLog.name)
        do {
            return try await AuditLog.open(
                path: path, archive: premises.archive, pool: premises.logPool, readLog: premises.useCases.readLog,
                commits: premises.commits, capabilities: premises.capabilities)
        } catch let fault as File.Fault {
            throw .configuration("The log \(path) \(fault.description).")
        } catch {
            throw .unavailable("The log \(path) cannot be completed: \(error).")
        }
    }

    static func openAccessLog(
        _ config: Config, _ premises: Premises, _ metrics: RequestMetrics
    ) throws(StartFault) -> AccessLog? {
        let path = config.path(AccessLog.name)
        let target: AccessLog.Target
        switch config.accessLog {
        case .off: return nil
        case .stdout: target = .standardOutput
        case .file:
            do throws(File.Fault) { target = .file(try LineFile(path, isDurable: false)) } catch {
                throw .configuration("The log \(path) \(error.description).")
            }
        }
        let checks = config.accessLogsChecks ? [] : ["/health", "/ready", "/metrics"]
        return AccessLog(
            target, archive: premises.archive,
            line: AccessLine(labels: metrics.labels),
            isLeftOut: metrics.labels.map { checks.contains($0.route) }, lanes: config.loops,
            now: premises.capabilities.now, report: premises.capabilities.report)
    }

    /// - Parameter page: set once everything that is counted exists.
    static func makeAPI(
        _ config: Config, _ premises: Premises, _ readiness: ReadyWatch, _ page: Lock<MetricsPage?>
    ) throws(StartFault) -> API {
        let observation = Observation(
            metrics: config.metrics == .off
                ? nil
                : Observation.Metrics(readers: metricsReaders(config)) { request in
                    let format = metricsFormat(request)
                    return (format.mediaType, await page.withLock { $0 }?.text(format) ?? [])
                },
            lanes: config.loops, explainsRefusals: config.logLevel == .debug,
            failedChecks: { await readiness.failedChecks().map(\.rawValue) })
        do {
            return try API(
                premises.useCases, version: Product.version, files: DocsPage.files, pages: pages(premises),
                observation: observation, commands: ControlCommand.remote(premises),
                report: premises.capabilities.report)
        } catch { throw .configuration("The map of routes contradicts itself: \(error).") }
    }

    /// Where the public URL is another host's, a proxy on this machine may stand in front and everybody would look
    /// local: then only the token and the control socket count.
    private static func metricsReaders(_ config: Config) -> MetricsReaders {
        MetricsReaders(
            admitsLocal: config.metrics == .local && config.isPublicHere,
            proxies: TrustedProxies(blocks: config.trustedProxies, trustsLocal: config.listen?.isSocket ?? false),
            isToken: config.metricsToken.map { token in
                // Of digests, so that not even the length can be learned.
                let wanted = Digest.sha256(token.exposed)
                return { constantTimeEqual(Digest.sha256(Array($0.utf8)), wanted) }
            })
    }

    private static func metricsFormat(_ request: Request) -> MetricsText.Format {
        let accept = request.headers["Accept"] ?? ""
        return accept.hasPrefix("application/openmetrics-text") ? .openMetrics : .prometheus
    }

    /// The control socket is this user's own, so the metrics need no token there; `nil` for every other request.
    static func answerMetrics(_ request: Request, _ page: Lock<MetricsPage?>) async -> Response? {
        guard request.method == .get, request.path == "/metrics", let page = page.withLock({ $0 }) else { return nil }
        let format = metricsFormat(request)
        var headers = Headers()
        headers.add("Content-Type", format.mediaType)
        return Response(status: 200, headers: headers, body: await page.text(format))
    }
}
