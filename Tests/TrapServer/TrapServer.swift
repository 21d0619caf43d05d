import App
import Concurrency
import Config
import Glibc
import HTTP

/// The server as it is, behind a few paths that end the process: what must never happen has to be seen to be survived.
@main
enum TrapServer {
    private static let pool = Lock<ThreadPool?>(nil)

    static func main() {
        do {
            let config = try Config(environment: ProcessEnvironment.settings, machine: .current)
            let code = try serveUntilStopped(
                config, trap: Trap(answerNow: { answerNow($0) }, answer: { await answer($0) }),
                tell: { line in
                    let bytes = Array("\(line)\n".utf8)
                    _ = unsafe bytes.withUnsafeBytes { unsafe write(STDOUT_FILENO, $0.baseAddress, $0.count) }
                })
            exit(code.rawValue)
        } catch {
            let bytes = Array("\(error)\n".utf8)
            _ = unsafe bytes.withUnsafeBytes { unsafe write(STDERR_FILENO, $0.baseAddress, $0.count) }
            exit((error as? StartFault)?.code.rawValue ?? 4)
        }
    }

    /// Within the loop's own turn, where no task is.
    private static func answerNow(_ request: Request) -> Response? {
        if request.path == "/trap/immediately" { trap(true) }
        return nil
    }

    private static func answer(_ request: Request) async -> Response? {
        switch request.path {
        case "/trap/now": trap(true)
        case "/trap/later":
            await pause(.milliseconds(50))
            trap(true)
        case "/trap/pool": await onPool { trap(true) }
        case "/trap/overflow": return Response(status: 200, body: Array("\(deepen(1))".utf8))
        case "/trap/abort": abort()
        // Nothing else is on this pool's threads but what no request waits for.
        case "/trap/elsewhere":
            ThreadPool(name: "elsewhere", threads: 1).execute { trap(true) }
            await pause(.seconds(5))
        case "/slow": await pause(.milliseconds(Int64(request.query?["ms"] ?? "") ?? 300))
        default: return nil
        }
        return Response(status: 200, body: Array("done".utf8))
    }

    /// Not seen through by the optimiser.
    @inline(never)
    private static func trap(_ really: Bool) { precondition(!really, "on purpose") }

    @inline(never)
    private static func deepen(_ depth: Int) -> Int { depth == 0 ? 0 : deepen(depth &+ 1) &+ depth }

    private static func pause(_ duration: Duration) async { try? await EventLoop.current?.sleep(for: duration) }

    private static func onPool(_ body: @escaping @Sendable () -> Void) async {
        let pool = pool.withLock { pool in
            if let pool { return pool }
            let made = ThreadPool(name: "trap", threads: 1)
            pool = made
            return made
        }
        await pool.run { body() }
    }
}
