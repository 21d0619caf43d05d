import Glibc
import HTTP
import HTTPServer
import Testing

struct ExhaustionTests {
    /// In a process of its own, because the limit holds for everything in it.
    @Test func `a process out of descriptors pauses, and serves those who waited when some are free`() async {
        await #expect(processExitsWith: .success) {
            let server = try TestServer { _ in plain("<>") }
            let next = unsafe open("/dev/null", O_RDONLY)
            _ = close(next)
            var limit = rlimit(rlim_cur: rlim_t(next) + 40, rlim_max: rlim_t(next) + 40)
            unsafe setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
            var clients: [Client] = []
            for _ in 0..<64 {
                let client = Client(port: server.port)
                if client.socket >= 0 { clients.append(client) }
            }
            let isPaused = await server.until {
                server.logged.contains { if case .acceptPaused = $0 { true } else { false } }
            }
            #expect(isPaused)
            for client in clients.prefix(clients.count / 2) { client.leave() }
            clients.removeFirst(clients.count / 2)
            for client in clients {
                client.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n")
                #expect(client.read(until: ">").hasPrefix("HTTP/1.1 200 "))
            }
            #expect(server.logged.count < 100)
        }
    }
}
