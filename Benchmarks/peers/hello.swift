/// The least that a Swift program which answers over HTTP can be: one socket, one answer, no library but C's.

import Glibc

let port = UInt16(CommandLine.arguments[1])!
let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
var yes: Int32 = 1
setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &yes, socklen_t(MemoryLayout<Int32>.size))
var address = sockaddr_in()
address.sin_family = sa_family_t(AF_INET)
address.sin_port = port.bigEndian
address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
let bound = withUnsafePointer(to: &address) { pointer in
    pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        bind(listener, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
    }
}
guard bound == 0, listen(listener, 128) == 0 else { exit(1) }
let answer = Array("HTTP/1.1 200 OK\r\nContent-Length: 5\r\nConnection: close\r\n\r\nhello".utf8)
var request = [UInt8](repeating: 0, count: 4096)
while true {
    let connection = accept(listener, nil, nil)
    if connection < 0 { continue }
    if read(connection, &request, request.count) > 0 { _ = write(connection, answer, answer.count) }
    close(connection)
}
