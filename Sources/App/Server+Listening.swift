internal import Config
internal import Crypto
internal import Domain
internal import Glibc
internal import HTTP
internal import HTTPServer

extension Server {
    /// Binds the control socket, for this process's user alone. The folder's lock is held, so one that is there is
    /// left over from a server that was killed.
    static func listenForCommands(_ server: HTTPServer, at path: String) throws(StartFault) {
        guard path.utf8.count < ControlEndpoint.longestSocketPath else {
            throw .configuration(
                "The data folder's path is too long: its control socket would need \(path.utf8.count) bytes of \(ControlEndpoint.longestSocketPath - 1)."
            )
        }
        do { try server.listen(on: .unix(path: path, mode: 0o600, onlyUser: geteuid())) } catch {
            throw .unavailable(error.description)
        }
    }

    static func settings(_ config: Config) -> ServerSettings {
        let standard = ParserLimits.standard
        return ServerSettings(
            limits: ParserLimits(
                requestLine: standard.requestLine, headerBytes: standard.headerBytes,
                headerCount: standard.headerCount, bodyBytes: config.maxBody),
            timeouts: ServerSettings.Timeouts(
                head: config.headerTimeout, body: config.bodyTimeout, idle: config.idleTimeout),
            maxConnections: config.maxConnections, maxConnectionsPerAddress: config.maxConnectionsPerAddress,
            trustedProxies: TrustedProxies(
                blocks: config.trustedProxies, trustsLocal: config.listen?.isSocket ?? false),
            proxyProtocol: config.proxyProtocol, transportSecurity: config.transportSecurity,
            requestIDStart: randomWord(), traceStart: randomWord())
    }

    private static func randomWord() -> UInt64 { Random.bytes(8).reduce(0) { $0 << 8 | UInt64($1) } }
}
