internal import API
internal import Concurrency
internal import Crypto
internal import Domain
internal import Flows
internal import HTTP
internal import HTTPServer
internal import Storage
internal import StorageSQLite
internal import Synchronization

/// A server with one loop, put together as the product's is, of which nothing works but what a request asks for.
struct Workshop {
    let useCases: UseCases
    private let server: HTTPServer
    let port: UInt16

    static let now = Timestamp(milliseconds: 1_767_225_600_000)
    static let password = "correct horse battery staple"
    /// The cheapest there is: its instructions are libsodium's, which are counted apart.
    private static let hashCost = UseCases.HashCost(memoryKiB: 64, passes: 1)

    private enum Fault: Error { case badMasterKey, noPort }

    /// - Parameter folder: empty, and in memory.
    static func open(in folder: String) async throws -> Workshop {
        let serial = Atomic<UInt64>(0)
        let time = Lock(now.milliseconds)
        let capabilities = Capabilities(
            now: { now },
            monotonic: {
                time.withLock {
                    $0 += 1
                    return $0
                }
            },
            random: { count in
                var state = serial.add(1, ordering: .relaxed).newValue &* 0x9E37_79B9_7F4A_7C15
                return (0..<count).map { _ in
                    state ^= state << 13
                    state ^= state >> 7
                    state ^= state << 17
                    return UInt8(truncatingIfNeeded: state >> 24)
                }
            },
            pause: { _ throws(CancellationError) in throw CancellationError() }, report: { stop($0.detail) })
        guard let master = MasterKey(Secret([UInt8](repeating: 7, count: MasterKey.byteCount))) else {
            throw Fault.badMasterKey
        }
        let useCases = try await UseCases.open(
            store: try await SQLiteStore.open(path: "\(folder)/gate.db", now: { now }), capabilities: capabilities,
            master: master,
            base: RealmBase(publicURL: "http://127.0.0.1:8005", hasPlainCookies: true),
            hashQueue: FairQueue(pool: ThreadPool(name: "hash", threads: 1), places: 16, deadline: .seconds(60)),
            hashCost: hashCost,
            auditLimits: UseCases.AuditLimits(eventsPerSecond: 1_000_000, streams: .standard), node: "gate")
        let api = try API(useCases, version: "1.0.0", files: [], report: { stop($0.detail) })
        let loop = try EventLoop(name: "loop-0")
        loop.start()
        // The client stands where a proxy would, for what only proxies ask.
        let settings = ServerSettings(
            trustedProxies: TrustedProxies(blocks: [AddressBlock("127.0.0.1")].compactMap(\.self), trustsLocal: false))
        let server = HTTPServer(
            loops: [loop], settings: settings, log: { stop("\($0)") }, answerNow: { api.answerNow($0) },
            handler: { await api.answer($0) })
        guard let port = try server.listen(on: .tcp(host: "127.0.0.1", port: 0)).port else { throw Fault.noPort }
        return Workshop(useCases: useCases, server: server, port: port)
    }

    /// Lets a user write events of the application `erp`.
    func makeApplication(_ user: String) async throws {
        for (resource, action) in [("audit", "write"), ("application", "erp")] {
            _ = try await useCases.createPermission(
                resource: resource, action: action, name: nil, description: "", in: .standard, by: .commandLine)
            _ = try await useCases.changeGrant(
                .permissionToUser(permission: "\(resource):\(action)", user: user), isGrant: true, in: .standard,
                by: .commandLine)
        }
    }
}
