internal import Concurrency
internal import Crypto
internal import Domain
internal import HTTP

/// Counts every path once: `gate FOLDER`, with an empty folder for the database.
@main struct Gate {
    static func main() throws {
        let folder = CommandLine.arguments.count == 2 ? CommandLine.arguments[1] : "."
        let workshop = try runToCompletion { try await Workshop.open(in: folder) }
        parsing().count()
        eventForm().count()
        try withExtendedLifetime(workshop) { try overTheWire(workshop) }
    }

    /// A request as browsers send it, from bytes to a value.
    private static func parsing() -> Path {
        let bytes = request(
            "GET", "/api/auth/me?fields=id", token: String(repeating: "eyJhbGciOiJFUzI1NiJ9", count: 20),
            more: [
                "User-Agent: Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0",
                "Accept: application/json", "Accept-Language: en-US,en;q=0.5", "Accept-Encoding: gzip, deflate, br",
                "Referer: https://app.example.com/", "Origin: https://app.example.com", "Connection: keep-alive",
                "Sec-Fetch-Dest: empty", "Sec-Fetch-Mode: cors", "Sec-Fetch-Site: same-site",
            ])
        var parser = RequestParser(limits: .standard)
        return Path(name: "parsing", warmUp: 100, calls: 1_000) { _ in
            parser.append(bytes)
            guard case .request = parser.next() else { stop("the request was not understood") }
        }
    }

    /// What makes a row of the audit worth something: its personal part sealed, its fixed form, its MAC.
    private static func eventForm() -> Path {
        let key = Secret([UInt8](repeating: 9, count: AEAD.keyCount))
        let personal = Array(
            #"{"email":"ana@example.com","ip":"192.0.2.7","user_agent":"Mozilla/5.0","username":"ana"}"#.utf8)
        let nonce = [UInt8](repeating: 5, count: AEAD.nonceCount)
        let user = ID<User>(high: 1, low: 2)
        return Path(name: "event form", warmUp: 100, calls: 1_000) { number in
            let id = ID<Event>(high: UInt64(number), low: 3)
            let sealed = AEAD.seal(personal, key: key, nonce: nonce, associatedData: id.bytes + user.bytes)
            let event = Event(
                id: id, time: Workshop.now, realm: .standard, node: "gate", did: "login", status: true,
                confirmedBy: "password",
                consequences: Event.Consequences(ifOK: "session_opened", ifDoubt: "review", ifNot: "session_ended"),
                actor: user,
                details: #"{"request_id":"0123456789abcdef","session":"01936f4e-0000-7000-8000-000000000001"}"#,
                personal: [Event.SealedPart(subject: user, ciphertext: nonce + sealed)])
            require(HMAC.sha256(key: key, event.canonical).count == 32, "a MAC has 32 bytes")
        }
    }

    /// From a request's bytes on a socket to its answer's, through loop, parser, API, flows and SQLite.
    private static func overTheWire(_ workshop: Workshop) throws {
        let client = Client(port: workshop.port)
        client.ask(
            post(
                "/api/auth/register",
                #"{"username":"ana","email":"ana@example.com","password":"\#(Workshop.password)"}"#))

        let signIns = (warmUp: 20, calls: 100)
        let count = signIns.warmUp + signIns.calls
        let signIn = post("/api/auth/login", #"{"username_or_email":"ana","password":"\#(Workshop.password)"}"#)
        client.forget()
        Path(name: "sign-in", warmUp: signIns.warmUp, calls: signIns.calls) { _ in client.ask(signIn) }.count()
        let first = (access: client.texts(of: "token"), refresh: client.texts(of: "refresh_token"))
        require(Set(first.refresh).count == count, "every sign-in begins a session")

        // Each session is known from here on; the tokens it gets are not.
        let warm = first.access.map(me)
        for request in warm { client.ask(request) }
        let refreshes = first.refresh.map { post("/api/auth/refresh", #"{"refresh_token":"\#($0)"}"#) }
        client.forget()
        Path(name: "refresh", warmUp: signIns.warmUp, calls: signIns.calls) { client.ask(refreshes[$0]) }.count()
        let second = client.texts(of: "token")
        require(Set(second).count == count, "every refresh gives a token of its own")

        let cold = second.map(me)
        client.forget()
        Path(name: "me, cold token", warmUp: signIns.warmUp, calls: signIns.calls) { client.ask(cold[$0]) }.count()
        client.forget()
        Path(name: "me", warmUp: 100, calls: 1_000) { _ in client.ask(cold[0]) }.count()

        let withCookies = #"{"username_or_email":"ana","password":"\#(Workshop.password)","transport":"cookie"}"#
        client.ask(post("/api/auth/login", withCookies, more: ["Origin: http://127.0.0.1:8005"]))
        let verify = request(
            "GET", "/api/auth/verify", token: nil,
            more: [
                "Cookie: \(client.cookies)", "X-Original-Method: GET", "X-Original-URI: /reports?year=2026",
                "X-Original-Host: 127.0.0.1:8005", "X-Forwarded-Proto: http", "X-Forwarded-For: 127.0.0.9",
                "Sec-Fetch-Mode: navigate", "Sec-Fetch-Site: same-origin",
                "Accept: text/html,application/xhtml+xml;q=0.9,*/*;q=0.8", "Accept-Language: en",
                "User-Agent: Mozilla/5.0 (X11; Linux x86_64; rv:133.0) Gecko/20100101 Firefox/133.0",
            ])
        client.forget()
        Path(name: "verify", warmUp: 100, calls: 1_000) { _ in client.ask(verify) }.count()

        try runToCompletion { try await workshop.makeApplication("ana") }
        let event = #"{"did":"contract_confirmed","if_ok":"invoice_sent","this":{"contract":"4711","net":1250}}"#
        let batch = post(
            "/api/audit/events", #"{"events":[\#([String](repeating: event, count: 100).joined(separator: ","))]}"#,
            token: first.access[0])
        client.forget()
        Path(name: "event, of a batch", warmUp: 3, calls: 10, unit: 100) { _ in client.ask(batch) }.count()
    }

    private static func me(_ token: String) -> [UInt8] {
        request("GET", "/api/auth/me", token: token, more: ["User-Agent: gate/1", "Accept: */*"])
    }

    private static func post(
        _ path: String, _ body: String, token: String? = nil, more: [String] = []
    ) -> [UInt8] {
        let more =
            more + [
                "User-Agent: gate/1", "Content-Type: application/json", "Content-Length: \(body.utf8.count)",
            ]
        return request("POST", path, token: token, more: more) + Array(body.utf8)
    }

    private static func request(_ method: String, _ target: String, token: String?, more: [String]) -> [UInt8] {
        let fields = ["Host: 127.0.0.1:8005"] + (token.map { ["Authorization: Bearer \($0)"] } ?? []) + more
        return Array("\(method) \(target) HTTP/1.1\r\n\(fields.joined(separator: "\r\n"))\r\n\r\n".utf8)
    }
}
