import Concurrency
import Glibc
import HTTP
import HTTPServer
import Testing

@Suite(.ownThreads) struct LeavingTests {
    enum Way: CaseIterable { case close, reset, closeUnix }

    @Test(arguments: Way.allCases)
    func `a client that leaves cancels its request within a second`(way: Way) async throws {
        let (started, cancelled) = (Flag(), Flag())
        let server = try TestServer { _ in
            started.raise()
            do { try await EventLoop.current?.sleep(for: .seconds(60)) } catch { cancelled.raise() }
            return plain("late")
        }
        let path = "/tmp/aldrava-test-\(getpid())-leave.sock"
        let client: Client
        if way == .closeUnix {
            try server.server.listen(on: .unix(path: path, mode: 0o600, onlyUser: getuid()))
            client = Client(path: path)
        } else {
            client = Client(port: server.port)
        }
        client.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        #expect(await server.until { started.isRaised })
        let start = MonotonicTime.now()
        if way == .reset { client.reset() } else { client.leave() }
        #expect(await server.until { cancelled.isRaised })
        #expect(MonotonicTime.now().since(start) < .seconds(1))
        #expect(await server.until { server.server.liveConnections == 0 && server.server.runningRequests == 0 })
        await server.stop()
    }

    @Test func `a client that leaves gives back its place in the fair queue`() async throws {
        let pool = ThreadPool(name: "busy", threads: 1)
        let queue = FairQueue(pool: pool, places: 8, deadline: .seconds(60))
        let (release, ran) = (Flag(), Flag())
        let server = try TestServer { request in
            let isFirst = request.path == "/first"
            do throws(FairQueue.Refusal) {
                try await queue.run(source: request.path, isKnown: false) {
                    if isFirst { while !release.isRaised { usleep(1000) } } else { ran.raise() }
                }
            } catch { return plain("refused", status: 503) }
            return plain("<done>")
        }
        let (first, second) = (Client(port: server.port), Client(port: server.port))
        first.send("GET /first HTTP/1.1\r\nHost: x\r\n\r\n")
        #expect(await server.until { server.server.runningRequests == 1 })
        second.send("GET /second HTTP/1.1\r\nHost: x\r\n\r\n")
        #expect(await server.until { queue.waiting == 1 })
        let start = MonotonicTime.now()
        second.leave()
        #expect(await server.until { queue.waiting == 0 })
        #expect(MonotonicTime.now().since(start) < .seconds(1))
        release.raise()
        #expect(first.read(until: ">").hasSuffix("<done>"))
        await server.stop()
        pool.shutDown()
        #expect(!ran.isRaised)
    }

    @Test(arguments: [0, 300])
    func `a client that only stops sending gets its answers`(delay: Int) async throws {
        let server = try TestServer(ServerSettings(timeouts: .short)) { request in
            if delay > 0 { try? await EventLoop.current?.sleep(for: .milliseconds(delay)) }
            return plain("<\(request.path)>")
        }
        let path = "/tmp/aldrava-test-\(getpid())-half\(delay).sock"
        try server.server.listen(on: .unix(path: path, mode: 0o600, onlyUser: nil))
        for isUnix in [false, true] {
            let client = isUnix ? Client(path: path) : Client(port: server.port)
            client.send("GET /1 HTTP/1.1\r\nHost: x\r\n\r\nGET /2 HTTP/1.1\r\nHost: x\r\n\r\n")
            client.endSending()
            let answer = client.readToEnd()
            #expect(answer?.contains("</1>") == true)
            #expect(answer?.hasSuffix("</2>") == true)
        }
        await server.stop()
    }

    @Test func `nothing is left of many clients of all manners`() async throws {
        let server = try TestServer(ServerSettings(timeouts: .short)) { request in
            if request.path == "/slow" { try? await EventLoop.current?.sleep(for: .milliseconds(50)) }
            return plain("<>")
        }
        for number in 0..<200 {
            let client = Client(port: server.port)
            switch number % 6 {
            case 0: break
            case 1: client.send("GET / HT")
            case 2: client.send("\u{16}\u{3}\u{1}")
            case 3:
                client.send("GET /slow HTTP/1.1\r\nHost: x\r\n\r\n")
                client.reset()
            case 4:
                client.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n")
                _ = client.read(until: ">")
            default:
                client.send("GET /slow HTTP/1.1\r\nHost: x\r\n\r\nGET / HTTP/1.1\r\nHost: x\r\n\r\n")
                client.endSending()
            }
        }
        #expect(await server.until { server.server.liveConnections == 0 && server.server.runningRequests == 0 })
        await server.stop()
    }
}
