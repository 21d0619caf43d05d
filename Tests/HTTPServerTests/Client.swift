import Glibc

/// A blocking socket that gives up reading after some seconds, so that a broken server fails a test and does not hang it.
final class Client: Sendable {
    let socket: Int32
    static let patience = 5

    init(port: UInt16) {
        socket = Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        _ = unsafe withUnsafePointer(to: &address) {
            unsafe $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                unsafe connect(socket, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        limit()
    }

    init(path: String) {
        socket = Glibc.socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        unsafe withUnsafeMutableBytes(of: &address.sun_path) { unsafe $0.copyBytes(from: Array(path.utf8)) }
        _ = unsafe withUnsafePointer(to: &address) {
            unsafe $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                unsafe connect(socket, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        limit()
    }

    deinit { _ = Glibc.close(socket) }

    private func limit() {
        var time = timeval(tv_sec: Self.patience, tv_usec: 0)
        unsafe setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, &time, socklen_t(MemoryLayout<timeval>.size))
        unsafe setsockopt(socket, SOL_SOCKET, SO_SNDTIMEO, &time, socklen_t(MemoryLayout<timeval>.size))
    }

    /// `false` once the other side is gone.
    @discardableResult
    func send(_ text: String) -> Bool {
        let bytes = Array(text.utf8)
        return unsafe Glibc.send(socket, bytes, bytes.count, Int32(MSG_NOSIGNAL)) == bytes.count
    }

    /// Keeps what is sent until it may go, so that it arrives in one piece.
    func hold(_ isHeld: Bool) {
        var option: Int32 = isHeld ? 1 : 0
        unsafe setsockopt(socket, Int32(IPPROTO_TCP), TCP_CORK, &option, socklen_t(MemoryLayout<Int32>.size))
    }

    func endSending() { shutdown(socket, Int32(SHUT_WR)) }

    /// Closes so that the other side sees a reset.
    func reset() {
        var option = linger(l_onoff: 1, l_linger: 0)
        unsafe setsockopt(socket, SOL_SOCKET, SO_LINGER, &option, socklen_t(MemoryLayout<linger>.size))
        leave()
    }

    func leave() {
        // The number stays taken, so that deinit cannot close somebody else's.
        let nowhere = unsafe open("/dev/null", O_RDONLY)
        dup2(nowhere, socket)
        _ = Glibc.close(nowhere)
    }

    func setReceiveBuffer(_ size: Int32) {
        var size = size
        unsafe setsockopt(socket, SOL_SOCKET, SO_RCVBUF, &size, socklen_t(MemoryLayout<Int32>.size))
    }

    enum Read: Equatable {
        case bytes([UInt8])
        case end
        /// A reset, or nothing came in time.
        case failed(Int32)
    }

    func read() -> Read {
        var buffer = [UInt8](repeating: 0, count: 65_536)
        let count = unsafe recv(socket, &buffer, buffer.count, 0)
        if count > 0 { return .bytes(Array(buffer[..<count])) }
        return count == 0 ? .end : .failed(errno)
    }

    /// Everything up to the end of the stream; `nil` if it did not end properly.
    func readToEnd() -> String? {
        var all: [UInt8] = []
        while true {
            switch read() {
            case .bytes(let bytes): all += bytes
            case .end: return String(decoding: all, as: UTF8.self)
            case .failed: return nil
            }
        }
    }

    /// Reads until `text` has come `times` times.
    func read(until text: String, times: Int = 1) -> String {
        var all: [UInt8] = []
        let pattern = Array(text.utf8)
        var found = 0
        var position = 0
        while true {
            while position + pattern.count <= all.count {
                if all[position] == pattern[0], Array(all[position..<position + pattern.count]) == pattern {
                    found += 1
                    position += pattern.count
                } else {
                    position += 1
                }
            }
            if found >= times { return String(decoding: all, as: UTF8.self) }
            guard case .bytes(let bytes) = read() else { return String(decoding: all, as: UTF8.self) + "<cut>" }
            all += bytes
        }
    }
}
