import Concurrency
import Glibc
import HTTP
import HTTPServer
import Testing

@Suite(.ownThreads) struct ListenTests {
    private func exists(_ path: String) -> Bool { unsafe access(path, F_OK) == 0 }

    @Test func `a port in use is said in one sentence`() async throws {
        let server = try TestServer { _ in plain("") }
        let address = ListenAddress.tcp(host: "127.0.0.1", port: server.port)
        #expect(throws: ListenFault.addressInUse("127.0.0.1:\(server.port)")) { try ListeningSocket(address) }
        #expect(
            ListenFault.addressInUse("127.0.0.1:8005").description
                == "127.0.0.1:8005 is already in use by another process.")
        await server.stop()
        // Another test's connection may hold the number for a moment.
        for _ in 0..<100 {
            if (try? ListeningSocket(address)) != nil { return }
            try await Task.sleep(for: .milliseconds(50))
        }
        Issue.record("the port is still in use after the stop")
    }

    @Test(arguments: ["localhost.example", "1.2.3", ""])
    func `what is no address is refused`(host: String) {
        #expect(throws: ListenFault.malformed("\(host):80")) { try ListeningSocket(.tcp(host: host, port: 80)) }
    }

    @Test func `IPv6 is served, and its wildcard takes IPv4 as IPv4`() async throws {
        let server = try TestServer { plain("<\($0.client)>") }
        guard let port = try server.server.listen(on: .tcp(host: "::", port: 0)).port else {
            Issue.record("no port")
            return
        }
        let client = Client(port: port)
        client.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        #expect(client.read(until: ">").hasSuffix("<127.0.0.1>"))
        await server.stop()
    }

    @Test func `a Unix socket has its mode, and its file goes when the server stops`() async throws {
        let path = "/tmp/aldrava-test-\(getpid())-mode.sock"
        let server = try TestServer { plain("<\($0.client)>") }
        try server.server.listen(on: .unix(path: path, mode: 0o620, onlyUser: getuid()))
        var status = stat()
        _ = unsafe stat(path, &status)
        #expect(status.st_mode & 0o777 == 0o620)
        let client = Client(path: path)
        client.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        #expect(client.read(until: ">").hasSuffix("<local>"))
        #expect(throws: ListenFault.addressInUse(path)) {
            try ListeningSocket(.unix(path: path, mode: 0o600, onlyUser: nil))
        }
        await server.stop()
        #expect(!exists(path))
    }

    @Test func `another user is sent away from a Unix socket`() async throws {
        let path = "/tmp/aldrava-test-\(getpid())-user.sock"
        let server = try TestServer { _ in plain("never") }
        try server.server.listen(on: .unix(path: path, mode: 0o666, onlyUser: getuid() + 1))
        let client = Client(path: path)
        client.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        #expect(client.readToEnd() ?? "" == "")
        await server.stop()
    }

    @Test func `a socket that a dead server left is replaced, any other file is not`() throws {
        let path = "/tmp/aldrava-test-\(getpid())-stale.sock"
        let address = ListenAddress.unix(path: path, mode: 0o600, onlyUser: nil)
        let dead = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        var name = sockaddr_un()
        name.sun_family = sa_family_t(AF_UNIX)
        unsafe withUnsafeMutableBytes(of: &name.sun_path) { unsafe $0.copyBytes(from: Array(path.utf8)) }
        _ = unsafe withUnsafePointer(to: &name) {
            unsafe $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                unsafe bind(dead, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        _ = close(dead)
        #expect(exists(path))
        do {
            _ = try ListeningSocket(address)
        }
        #expect(!exists(path))

        _ = close(unsafe open(path, O_CREAT | O_WRONLY, 0o600))
        #expect(throws: ListenFault.occupied(path)) { try ListeningSocket(address) }
        #expect(exists(path))
        _ = unsafe unlink(path)
    }

    @Test func `connections per address are limited over all loops, but not for proxies and Unix sockets`() async throws
    {
        for isProxy in [false, true] {
            var settings = ServerSettings(maxConnectionsPerAddress: 3)
            if isProxy, let block = AddressBlock("127.0.0.1") {
                settings.trustedProxies = TrustedProxies(blocks: [block], trustsLocal: false)
            }
            let server = try TestServer(settings) { _ in plain("<>") }
            let path = "/tmp/aldrava-test-\(getpid())-many.sock"
            try server.server.listen(on: .unix(path: path, mode: 0o600, onlyUser: nil))
            var clients = (0..<3).map { _ in Client(port: server.port) } + (0..<8).map { _ in Client(path: path) }
            for client in clients {
                client.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n")
                #expect(client.read(until: ">").hasPrefix("HTTP/1.1 200 "))
            }
            let fourth = Client(port: server.port)
            if isProxy {
                fourth.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n")
                #expect(fourth.read(until: ">").hasPrefix("HTTP/1.1 200 "))
            } else {
                #expect(fourth.readToEnd()?.hasPrefix("HTTP/1.1 503 ") == true)
            }
            clients.removeFirst()
            #expect(await server.until { server.server.liveConnections == (isProxy ? 11 : 10) })
            let next = Client(port: server.port)
            next.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n")
            #expect(next.read(until: ">").hasPrefix("HTTP/1.1 200 "))
            await server.stop()
        }
    }

    @Test func `the number of connections is limited`() async throws {
        let mayEnd = Flag()
        let server = try TestServer(ServerSettings(maxConnections: 2)) { _ in
            while !mayEnd.isRaised { try? await EventLoop.current?.sleep(for: .milliseconds(2)) }
            return plain("<>")
        }
        let clients = (0..<2).map { _ in Client(port: server.port) }
        for client in clients { client.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n") }
        #expect(await server.until { server.server.runningRequests == 2 })
        let answer = Client(port: server.port).readToEnd()
        #expect(answer?.hasPrefix("HTTP/1.1 503 ") == true)
        #expect(answer?.split(separator: "\r\n").contains("Retry-After: 1") == true)
        #expect(answer?.hasSuffix(#","code":"too_many_connections"}"#) == true)
        mayEnd.raise()
        for client in clients { #expect(client.read(until: ">").hasPrefix("HTTP/1.1 200 ")) }
        await server.stop()
    }
}
