import Concurrency
import Glibc
import Standards

/// One HTTP exchange over a connection of its own, as plain as it can be.
struct Answer: Sendable {
    /// 0 when the connection ended without an answer.
    let status: Int
    let json: JSON

    subscript(name: String) -> String? { json[name]?.string }
}

func send(
    _ method: String, _ path: String, port: UInt16, body: JSON? = nil, token: String? = nil,
    apiKey: String? = nil
) async -> Answer {
    await Program.waiting.run {
        let content = body?.bytes ?? []
        var head = "\(method) \(path) HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n"
        if let token { head += "Authorization: Bearer \(token)\r\n" }
        if let apiKey { head += "X-Service-Api-Key: \(apiKey)\r\n" }
        if body != nil { head += "Content-Type: application/json\r\nContent-Length: \(content.count)\r\n" }
        let answer = exchange(Array(head.utf8) + [13, 10] + content, port: port)
        let text = String(decoding: answer, as: UTF8.self)
        let status = Int(text.dropFirst(9).prefix(3)) ?? 0
        let end: [UInt8] = [13, 10, 13, 10]
        let start = answer.indices.first { answer[$0...].starts(with: end) }
        let json = start.flatMap { try? JSON.parse(Array(answer[($0 + 4)...])) }
        return Answer(status: status, json: json ?? .null)
    }
}

private func exchange(_ request: [UInt8], port: UInt16) -> [UInt8] {
    let connection = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    defer { close(connection) }
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = port.bigEndian
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    let connected = unsafe withUnsafePointer(to: &address) { pointer in
        unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
            unsafe connect(connection, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
        }
    }
    guard connected == 0 else { return [] }
    _ = unsafe request.withUnsafeBytes {
        unsafe Glibc.send(connection, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
    }
    var answer: [UInt8] = []
    var part = [UInt8](repeating: 0, count: 65_536)
    while true {
        let count = unsafe read(connection, &part, part.count)
        guard count > 0 else { return answer }
        answer += part.prefix(count)
    }
}
