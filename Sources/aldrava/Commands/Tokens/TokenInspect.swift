internal import App
internal import Domain
internal import Glibc

extension Command {
    static let tokens = [tokenInspect]

    static let tokenInspect = Command(
        words: ["token", "inspect"],
        summary: "Say what a token is, whether this server accepts it, and if not, why.",
        parameters: [Parameter("TOKEN", "The token, or - for standard input, which nobody else sees.")],
        options: Option.common, example: "aldrava token inspect - < token.txt",
        notes: """
            Nothing is exchanged or ended. The signature is not shown.
            Exit code 0 means that the token is accepted, 1 that it is refused.
            """
    ) { arguments in
        let token = try TokenInput.read(arguments["TOKEN"])
        let request = ControlRequest(
            realm: arguments.value(.realm) ?? "default", command: .token(.inspect(token)))
        let reply = try carryOut(request, try Settings.place(arguments))
        let code = try Reply.print(reply, arguments)
        return reply.isAccepted == false ? .refused : code
    }
}

/// A token from standard input or, not so well, from the arguments.
private enum TokenInput {
    private static let limit = 32_768

    static func read(_ word: String) throws -> Secret {
        guard word == "-" else {
            Terminal.complain("Other users can see a command's arguments; give the token on standard input, with -.")
            return try checked(Array(word.utf8))
        }
        var bytes: [UInt8] = []
        var part = [UInt8](repeating: 0, count: 4_096)
        while bytes.count <= limit {
            let count = unsafe part.withUnsafeMutableBytes { unsafe Glibc.read(STDIN_FILENO, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { break }
            bytes += part.prefix(count)
        }
        return try checked(bytes)
    }

    /// Without the white space and the scheme that are copied along.
    private static func checked(_ bytes: [UInt8]) throws -> Secret {
        var token = bytes[...]
        if token.starts(with: "Bearer ".utf8) { token = token.dropFirst(7) }
        while let first = token.first, first <= 0x20 { token = token.dropFirst() }
        while let last = token.last, last <= 0x20 { token = token.dropLast() }
        guard !token.isEmpty else { throw Misuse("The token is empty.", see: ["token", "inspect"]) }
        guard token.count <= limit, token.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else {
            throw StartFault.refused("This is no token: it is too long, or holds characters that none has.")
        }
        return Secret(Array(token))
    }
}
