internal import Glibc
internal import Standards

/// Asks a running server over its control socket. Blocking: for the command line's main thread only.
@safe
struct ControlClient: ~Copyable {
    let socket: File

    enum Fault: Error, Equatable {
        /// Nobody listens there.
        case noServer
        /// Somebody listens, but not as agreed; the text completes "the server …".
        case noAnswer(String)
    }

    /// Connects, and waits at most `timeout` seconds for each answer.
    init(path: String, timeout: Int = 60) throws(Fault) {
        let opened = Glibc.socket(AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard opened >= 0 else { throw .noServer }
        let socket = File(adopting: opened)
        guard var address = sockaddr_un(path: path) else { throw .noAnswer("has a socket whose path is too long") }
        let connected = unsafe withUnsafePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                unsafe connect(opened, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        guard connected == 0 else { throw .noServer }
        var limit = timeval(tv_sec: timeout, tv_usec: 0)
        let size = socklen_t(MemoryLayout<timeval>.size)
        unsafe setsockopt(opened, SOL_SOCKET, SO_RCVTIMEO, &limit, size)
        unsafe setsockopt(opened, SOL_SOCKET, SO_SNDTIMEO, &limit, size)
        self.socket = socket
    }

    /// Sends one command and returns the reply.
    func send(_ request: ControlRequest) throws(Fault) -> ControlReply {
        guard let reply = ControlReply(try send("POST", ControlEndpoint.path, request.json.bytes)) else {
            throw .noAnswer("did not answer as agreed")
        }
        return reply
    }

    /// Sends anything and returns the JSON that comes back.
    func send(_ method: String, _ path: String, _ body: [UInt8]) throws(Fault) -> JSON {
        let head = """
            \(method) \(path) HTTP/1.1\r
            Host: localhost\r
            Content-Type: application/json\r
            Content-Length: \(body.count)\r
            Connection: close\r
            \r

            """
        do { try socket.write(Array(head.utf8) + body) } catch { throw .noAnswer("closed the connection") }
        let answer = try receiveAll()
        let end: [UInt8] = [13, 10, 13, 10]
        guard answer.starts(with: "HTTP/1.1 ".utf8),
            let start = answer.indices.first(where: { answer[$0...].starts(with: end) }),
            let json = try? JSON.parse(Array(answer[(start + 4)...]))
        else { throw .noAnswer("did not answer as agreed") }
        return json
    }

    /// Until the server closes, as it was asked to.
    private func receiveAll() throws(Fault) -> [UInt8] {
        var answer: [UInt8] = []
        var part = [UInt8](repeating: 0, count: 16_384)
        while true {
            let count = unsafe part.withUnsafeMutableBytes {
                unsafe recv(socket.descriptor, $0.baseAddress, $0.count, 0)
            }
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw .noAnswer("does not answer") }
            if count == 0 { return answer }
            answer += part.prefix(count)
            guard answer.count <= 1 << 24 else { throw .noAnswer("sent an answer without end") }
        }
    }
}

extension sockaddr_un {
    /// `nil` for a path longer than the kernel takes: 107 bytes and a NUL.
    init?(path: String) {
        self.init()
        sun_family = sa_family_t(AF_UNIX)
        let bytes = Array(path.utf8)
        let fits = unsafe withUnsafeMutableBytes(of: &sun_path) { buffer in
            guard bytes.count < buffer.count else { return false }
            unsafe buffer.copyBytes(from: bytes)
            return true
        }
        guard fits else { return nil }
    }
}
