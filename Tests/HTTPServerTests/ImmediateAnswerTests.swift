import Concurrency
import HTTP
import HTTPServer
import Testing

@Suite("Answers without a task", .ownThreads) struct ImmediateAnswerTests {
    /// Answers what begins with `/now` at once, and leaves the rest to the handler.
    private static let answerNow: HTTPServer.ImmediateHandler = { request in
        guard request.path.hasPrefix("/now") else { return nil }
        let hasTask = unsafe withUnsafeCurrentTask { unsafe $0 != nil }
        return plain("<\(request.path) \(hasTask ? "in a task" : "alone")>")
    }

    private static func server(journal: RequestJournal? = nil) throws -> TestServer {
        try TestServer(journal: journal, answerNow: answerNow) { request in
            if request.path.hasPrefix("/slow") { try? await EventLoop.current?.sleep(for: .milliseconds(30)) }
            return plain("<\(request.path) later>")
        }
    }

    private static func bodies(_ answers: String) -> [String] {
        answers.split(separator: "\r\n").filter { $0.hasPrefix("<") }.map {
            String($0.prefix { $0 != ">" }.dropFirst())
        }
    }

    @Test func `no task is started for them, and none is asked for what they do not answer`() async throws {
        let server = try Self.server()
        let client = Client(port: server.port)
        for (path, answer) in [("/now", "/now alone"), ("/a", "/a later"), ("/now/2", "/now/2 alone")] {
            client.send("GET \(path) HTTP/1.1\r\nHost: x\r\n\r\n")
            #expect(client.read(until: ">").hasSuffix("<\(answer)>"))
        }
        await server.stop()
    }

    @Test func `answers of both kinds come in the order of their requests`() async throws {
        let server = try Self.server()
        let client = Client(port: server.port)
        let kinds = ["/now", "/a", "/slow"]
        let begun: [String] = (0..<200).map { number in
            let kind = kinds[number % (number % 50 == 0 ? 3 : 2)]
            return "\(kind)/\(number)"
        }
        let paths = begun + ["/slow/x", "/now/y"]
        let requests: [String] = paths.map { path in
            let end = path == "/now/y" ? "Connection: close\r\n\r\n" : "\r\n"
            return "GET \(path) HTTP/1.1\r\nHost: x\r\n\(end)"
        }
        client.send(requests.joined())
        let answers = Self.bodies((client.readToEnd() ?? "").replacing("HTTP/1.1", with: "\r\nHTTP/1.1"))
        #expect(answers.map { String($0.prefix { $0 != " " }) } == paths)
        await server.stop()
    }

    @Test func `a request is noted while it is answered, and not afterwards`() async throws {
        let journal = try #require(RequestJournal(loops: 2))
        let noted = Lock<[String]>([])
        let server = try TestServer(
            journal: journal,
            answerNow: { request in
                let account = journal.takeAccount()
                noted.withLock { $0 += account.underWay.map(\.path) }
                return request.path == "/now" ? plain("<>") : nil
            },
            handler: { _ in plain("<>") })
        let client = Client(port: server.port)
        for path in ["/now", "/later", "/now"] {
            client.send("GET \(path) HTTP/1.1\r\nHost: x\r\n\r\n")
            #expect(client.read(until: ">").hasPrefix("HTTP/1.1 200"))
        }
        #expect(noted.withLock { $0 } == ["/now", "/later", "/now"])
        await server.stop()
        #expect(journal.takeAccount().underWay.isEmpty)
    }

    @Test func `they can be streams, refusals, and the last of their connection`() async throws {
        let server = try TestServer(
            answerNow: { request in
                guard request.path == "/stream" else { return plain("<gone>", status: 410) }
                let left = Lock(2)
                return Response(
                    status: 200,
                    stream: BodyStream {
                        left.withLock { left in
                            left -= 1
                            return left >= 0 ? Array("<\(left)>".utf8) : nil
                        }
                    })
            },
            handler: { _ in plain("<never>") })
        let client = Client(port: server.port)
        client.send("GET /stream HTTP/1.1\r\nHost: x\r\n\r\n")
        #expect(client.read(until: "0\r\n\r\n").hasSuffix("3\r\n<1>\r\n3\r\n<0>\r\n0\r\n\r\n"))
        client.send("GET /gone HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        let last = try #require(client.readToEnd())
        #expect(last.hasPrefix("HTTP/1.1 410 Gone\r\n"))
        #expect(last.hasSuffix("Connection: close\r\n\r\n<gone>"))
        await server.stop()
    }
}
