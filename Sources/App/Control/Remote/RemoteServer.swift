internal import Domain
internal import HTTP
internal import Outbound
internal import Standards

/// A server on another machine that carries commands out, for whoever has an API key of the realm.
public struct RemoteServer: Sendable {
    /// `https://id.example.org`, without a slash at its end.
    private let base: String
    /// Whether nothing leaves this machine, so that TLS may be missing.
    private let isPlain: Bool
    private let key: Secret
    private let caFile: String?

    /// In bytes; a page of the audit is the longest.
    private static let longestAnswer = 1 << 26
    /// Besides the time that the command may take, in seconds.
    private static let allowance = 15

    /// - Parameters:
    ///   - url: `https://` and a host; `http://` only for a loopback one.
    ///   - keyFile: of mode 600, or `-` for standard input.
    ///   - caFile: certificates in PEM form that are trusted instead of the system's.
    /// - Throws: ``StartFault`` where one of them cannot be used.
    public init(url: String, keyFile: String, caFile: String?) throws(StartFault) {
        (base, isPlain) = try Self.address(url)
        key = try Self.key(keyFile)
        self.caFile = caFile
    }

    private static func address(_ url: String) throws(StartFault) -> (base: String, isPlain: Bool) {
        let isTLS = url.utf8.starts(with: "https://".utf8)
        guard isTLS || url.utf8.starts(with: "http://".utf8) else {
            throw .configuration("The server's address begins with https://.")
        }
        var host = url.utf8.dropFirst(isTLS ? 8 : 7)
        if host.last == UInt8(ascii: "/") { host = host.dropLast() }
        // Neither a name before an @, nor a path: where the API is, the server decides.
        guard let authority = Authority.canonical(host, isSecure: isTLS) else {
            throw .configuration("The server's address is https:// and a host, with a port where one is needed.")
        }
        guard isTLS || isLoopback(authority) else {
            throw .configuration(
                "Without TLS the key could be read on the way: the server's address begins with https://.")
        }
        return ("\(isTLS ? "https" : "http")://\(authority)", !isTLS)
    }

    private static func isLoopback(_ authority: String) -> Bool {
        if authority.hasPrefix("[") { return authority == "[::1]" || authority.hasPrefix("[::1]:") }
        let name = String(authority.prefix { $0 != ":" })
        return name == "localhost" || IPAddress(name)?.isLoopback == true
    }

    private static func key(_ path: String) throws(StartFault) -> Secret {
        var text = try PrivateKeyInput.text(path)[...]
        while let first = text.first, first <= 0x20 { text = text.dropFirst() }
        while let last = text.last, last <= 0x20 { text = text.dropLast() }
        guard !text.isEmpty, text.count <= 1_024, text.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else {
            throw .configuration("\(path == "-" ? "Standard input" : "The file \(path)") holds no API key.")
        }
        return Secret(Array(text))
    }

    /// Where a realm's commands go.
    static func path(_ realm: RealmName) -> String {
        switch realm {
        case .standard: "/api/admin/commands"
        case .system: "/api/system/admin/commands"
        default: "/realms/\(realm)/api/admin/commands"
        }
    }

    /// Blocks until the server has answered.
    ///
    /// - Throws: ``StartFault`` where it did not, or not as one of ours does.
    public func send(_ request: ControlRequest) throws(StartFault) -> ControlReply {
        let topic = request.command.topic
        var name = request.realm
        if case .operators = topic.need { name = RealmName.system.text }
        guard let realm = RealmName(name) else { return .noSuchRealm(name) }
        let post = HTTPPost(
            url: base + Self.path(realm), isPlain: isPlain, caFile: caFile,
            timeout: .seconds(topic.patience + Self.allowance))
        let answer: HTTPPost.Answer
        do throws(HTTPPost.Fault) {
            answer = try post(
                JSON.object(request.command.members).bytes,
                headers: ["Content-Type: application/json", "Accept: application/json", "User-Agent: aldrava-cli"],
                secrets: [("X-Service-Api-Key", key)], maxBytes: Self.longestAnswer)
        } catch { throw .unavailable("The server \(base) \(error.words).") }
        return try reply(answer, in: realm)
    }

    private func reply(_ answer: HTTPPost.Answer, in realm: RealmName) throws(StartFault) -> ControlReply {
        let json = try? JSON.parse(answer.bytes)
        if let reply = json.flatMap({ ControlReply($0) }) { return reply }
        let code = json?["code"]?.string
        func refused(_ sentence: String) -> ControlReply {
            ControlReply(.refused, sentence, ["code": .string(code ?? "http_\(answer.status)")])
        }
        switch (answer.status, code) {
        case (401, _):
            return refused(
                "The server \(base) does not take the key in realm '\(realm)': it is another realm's, or was revoked, or has expired, or may not be used from here."
            )
        case (403, "permission_required"?), (403, "local_only"?), (403, "operators_only"?), (400, "unknown_command"?):
            return refused("\(json?["error"]?.string ?? "The server refuses the command").")
        case (404, "not_found"?):
            return refused("The server \(base) has no realm '\(realm)', or is of a version that takes no commands.")
        case (413, _): return refused("The command is too long to be sent: a server takes 64 KiB.")
        case (421, _): return refused("The server at \(base) serves nothing under that name.")
        case (300..<400, _):
            return refused("The server \(base) sends commands elsewhere, which is not followed; name the right one.")
        case (400..<500, let code?): return refused("The server \(base) refuses the command: \(code).")
        case (429, _), (500..., _):
            throw .unavailable("The server \(base) cannot carry the command out now (\(answer.status)).")
        default: throw .unavailable("The server \(base) does not answer as an Aldrava server does (\(answer.status)).")
        }
    }
}

extension HTTPPost.Fault {
    /// Completes "The server …".
    fileprivate var words: String {
        switch self {
        case .unusable(let problem): "cannot be asked: \(problem)"
        case .noSuchHost: "cannot be found: no address has that name"
        case .noConnection: "cannot be reached: nobody takes the connection"
        case .notTrusted: "has a certificate that is not trusted for that name; --ca-file names a private authority"
        case .unreadableCertificates:
            "cannot be checked: the file of --ca-file holds no certificates, or cannot be read"
        case .noTLS: "does not speak TLS as it should"
        case .timedOut: "does not answer in time"
        case .connectionLost: "closed the connection before it had answered"
        case .tooLong: "sent an answer without end"
        case .other(let code): "cannot be asked (\(code))"
        }
    }
}
