internal import Glibc

/// One client on one kept connection that asks, waits for the answer, and allocates nothing meanwhile.
///
/// What it costs is left out of the figures by its name. Owns the socket and the memory of the answers.
@safe final class Client {
    private let socket: Int32
    private let answers = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 24, alignment: 16)
    private var end = 0
    /// Where each answer since ``forget()`` begins.
    private var starts: [Int] = []

    init(port: UInt16) {
        socket = Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        let status = unsafe withUnsafePointer(to: &address) {
            unsafe $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                unsafe connect(socket, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        require(status == 0, "the server cannot be reached")
        starts.reserveCapacity(10_000)
    }

    deinit {
        _ = close(socket)
        unsafe answers.deallocate()
    }

    func forget() {
        starts.removeAll(keepingCapacity: true)
        end = 0
    }

    /// Sends one request and reads its answer, a JSON object that was not refused.
    @inline(never)
    func ask(_ request: [UInt8]) {
        let sent = unsafe request.withUnsafeBytes { unsafe send(socket, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
        require(sent == request.count, "the request was not taken")
        let start = end
        starts.append(start)
        repeat {
            let room = unsafe UnsafeMutableRawBufferPointer(rebasing: answers[end...])
            let count = unsafe recv(socket, room.baseAddress, room.count, 0)
            require(count > 0, "the server has left, or the answers are too many")
            end += count
        } while unsafe answers[end - 1] != UInt8(ascii: "}")
        // "HTTP/1.1 2"
        require(
            unsafe answers[start + 9] == UInt8(ascii: "2"),
            unsafe String(decoding: answers[start..<end], as: UTF8.self))
    }

    /// What the newest answer has a browser keep, as it sends it back.
    var cookies: String {
        guard let start = starts.last else { return "" }
        let answer = unsafe String(decoding: answers[start..<end], as: UTF8.self)
        return answer.split(separator: "\r\n").filter { $0.hasPrefix("Set-Cookie: ") }
            .map { $0.dropFirst("Set-Cookie: ".count).prefix { $0 != ";" } }.joined(separator: "; ")
    }

    /// The member's text in each answer since ``forget()``.
    func texts(of member: String) -> [String] {
        zip(starts, starts.dropFirst() + [end]).map { start, end in
            let answer = unsafe String(decoding: answers[start..<end], as: UTF8.self)
            let parts = answer.split(separator: "\"\(member)\":\"", maxSplits: 1)
            guard parts.count == 2 else { return "" }
            return String(parts[1].prefix { $0 != "\"" })
        }
    }
}
