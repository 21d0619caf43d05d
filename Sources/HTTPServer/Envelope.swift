internal import CLinux
internal import Glibc
internal import HTTP

/// What stands between a socket and HTTP: a proxy's header, TLS, or first one and then the other.
///
/// A connection that has neither has no envelope, and is read and written directly.
final class Envelope {
    private let descriptor: Int32
    private var proxyHeader: ProxyHeaderReader?
    private let context: TLSContext?
    private(set) var tls: TLSStream?

    enum Read {
        case tls(TLSStream.Read)
        /// The proxy has said who the client is; `nil` for itself. With no TLS behind it, the envelope has done its part.
        case header(IPAddress?)
        case refused(ProxyHeader.Refusal)
        case waiting
        case end
        case failed
    }

    init(descriptor: Int32, hasProxyHeader: Bool, context: TLSContext?) {
        self.descriptor = descriptor
        proxyHeader = hasProxyHeader ? ProxyHeaderReader() : nil
        self.context = context
    }

    var hasTLS: Bool { context != nil }

    /// What the client owes as long as no request has begun.
    var patience: ServerEvent.Patience? {
        if proxyHeader != nil { return .proxyHeader }
        return hasTLS && tls?.isEstablished != true ? .handshake : nil
    }

    /// What the client sent is to be read again when the socket takes more.
    var readAwaitsWriting: Bool { tls?.readAwaitsWriting ?? false }

    func read(into buffer: UnsafeMutableRawBufferPointer) -> Read {
        if proxyHeader != nil { return unsafe readHeader(buffer) }
        if tls == nil, let context { tls = TLSStream(context, descriptor: descriptor) }
        guard let tls else { return .failed }
        return unsafe .tls(tls.read(into: buffer))
    }

    func write(_ bytes: UnsafeRawPointer?, _ count: Int) -> Int { unsafe tls?.write(bytes, count) ?? -Int(EPIPE) }

    private func readHeader(_ buffer: UnsafeMutableRawBufferPointer) -> Read {
        switch proxyHeader?.next() {
        case .needMore(let wanted):
            let count = unsafe linux_receive(descriptor, buffer.baseAddress, min(wanted, buffer.count))
            if count == 0 { return .end }
            guard count > 0 else { return count == -Int(EAGAIN) ? .waiting : .failed }
            unsafe proxyHeader?.append(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
            return unsafe readHeader(buffer)
        case .refused(let refusal): return .refused(refusal)
        case .complete(let header):
            proxyHeader = nil
            return .header(header.client)
        case nil: return .failed
        }
    }
}
