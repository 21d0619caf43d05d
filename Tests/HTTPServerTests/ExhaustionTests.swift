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
            var limit = rlimit(rlim_cur: rlim_t(next) + 40, rlim_max: rlim_t(next) + 40)
            unsafe setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
            var fillers: [Int32] = []
            while true {
                let filler = dup(next)
                if filler < 0 { break }
                fillers.append(filler)
            }
            // Room for the client's end of the connection, and none for the server's.
            _ = close(fillers.removeLast())
            let client = Client(port: server.port)
            client.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n")
            let isPaused = await server.until {
                server.logged.contains { if case .acceptPaused = $0 { true } else { false } }
            }
            #expect(isPaused)
            for filler in fillers { _ = close(filler) }
            #expect(client.read(until: ">").hasPrefix("HTTP/1.1 200 "))
            #expect(server.logged.count < 100)
        }
    }
}
