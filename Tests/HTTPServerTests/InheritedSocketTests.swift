import Glibc
import HTTP
import HTTPServer
import Testing

@Suite(.ownThreads) struct InheritedSocketTests {
    @Test func `a socket that another program bound is served, at its address`() async throws {
        let before = try ListeningSocket(.tcp(host: "127.0.0.1", port: 0))
        let port = try #require(before.port)
        let server = try TestServer { _ in plain("<>") }
        let inherited = try ListeningSocket(inherited: dup(before.keepOnExec(false)), ownsFile: false)
        #expect(inherited.address.description == "127.0.0.1:\(port)")
        #expect(inherited.port == port)
        server.server.listen(on: inherited)
        let client = Client(port: port)
        client.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        #expect(client.read(until: ">").hasPrefix("HTTP/1.1 200"))
        await server.stop()
        // The one who handed it over still has it.
        #expect(Client(port: port).send("x"))
    }

    @Test(arguments: [false, true]) func `the file of an inherited Unix socket goes only with its owner`(owns: Bool)
        throws
    {
        let path = "/tmp/aldrava-test-\(getpid())-inherited-\(owns).sock"
        let before = try ListeningSocket(.unix(path: path, mode: 0o600, onlyUser: nil))
        let descriptor = dup(before.keepOnExec(false))
        do {
            let inherited = try ListeningSocket(inherited: descriptor, ownsFile: owns)
            #expect(inherited.address.description == path)
            #expect(inherited.ownsFile == owns)
            inherited.close()
        }
        #expect((unsafe access(path, F_OK) == 0) == !owns)
        before.close()
    }

    @Test func `what does not listen is refused`() throws {
        let file = unsafe open("/dev/null", O_RDONLY)
        let unbound = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        let datagrams = socket(AF_INET, Int32(SOCK_DGRAM.rawValue), 0)
        for descriptor in [file, unbound, datagrams, 9_999] {
            #expect(throws: ListenFault.notListening(descriptor)) {
                try ListeningSocket(inherited: descriptor, ownsFile: false)
            }
        }
        for descriptor in [file, unbound, datagrams] { _ = close(descriptor) }
    }
}
