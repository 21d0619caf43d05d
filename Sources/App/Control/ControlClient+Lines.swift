internal import Glibc
internal import Standards

extension ControlClient {
    private static let longestLine = 1 << 20

    /// Sends a request whose answer is lines of JSON, and gives each to `take` as it comes; empty ones keep the
    /// connection alive. Returns when the server closes.
    ///
    /// - Throws: ``Fault``, or whatever `take` throws.
    func lines(of path: String, _ request: JSON, _ take: (JSON) throws -> Void) throws {
        let body = request.bytes
        // HTTP/1.0, so that the answer has no chunks and ends with the connection.
        let head = "POST \(path) HTTP/1.0\r\nHost: localhost\r\nContent-Length: \(body.count)\r\n\r\n"
        do { try socket.write(Array(head.utf8) + body) } catch { throw Fault.noAnswer("closed the connection") }
        var rest = try receiveHead()
        var searched = 0
        while true {
            var start = 0
            while let end = rest[searched...].firstIndex(of: 0x0A) {
                if end > start {
                    guard let json = try? JSON.parse(Array(rest[start..<end])) else {
                        throw Fault.noAnswer("did not answer as agreed")
                    }
                    try take(json)
                }
                start = end + 1
                searched = start
            }
            rest.removeFirst(start)
            searched = rest.count
            guard rest.count < Self.longestLine else { throw Fault.noAnswer("sent a line without end") }
            let more = try receive()
            if more.isEmpty { return }
            rest += more
        }
    }

    /// Reads the head and returns what came with it of the body.
    private func receiveHead() throws(Fault) -> [UInt8] {
        let end: [UInt8] = [13, 10, 13, 10]
        var answer: [UInt8] = []
        while true {
            if let start = answer.indices.first(where: { answer[$0...].starts(with: end) }) {
                guard answer.starts(with: "HTTP/1.1 200 ".utf8) else { throw .noAnswer("is of another version") }
                return Array(answer[(start + 4)...])
            }
            let more = try receive()
            guard !more.isEmpty, answer.count < 65_536 else { throw .noAnswer("did not answer as agreed") }
            answer += more
        }
    }

    /// Empty at the end.
    private func receive() throws(Fault) -> [UInt8] {
        var part = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = unsafe part.withUnsafeMutableBytes {
                unsafe recv(socket.descriptor, $0.baseAddress, $0.count, 0)
            }
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw .noAnswer("does not answer") }
            return Array(part.prefix(count))
        }
    }
}
