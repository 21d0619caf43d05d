public import Concurrency
public import HTTP

/// What happened between requests, for the log; requests themselves are logged by whoever handles them.
public enum ServerEvent: Sendable {
    /// No connection could be taken; the next try is in 100 ms. Usually the process is out of descriptors.
    case acceptPaused(SystemFault)
    /// A limit on connections was reached, in total or for this address.
    case connectionRefused(ClientAddress)
    /// A source that is kept out, because its requests ended the process again and again, connected.
    case blocked(ClientAddress)
    /// Another user than the one allowed connected to a Unix socket.
    case foreignUser(UInt32)
    /// The message was not HTTP as this server accepts it.
    case requestRefused(Refusal, ClientAddress)
    /// No TLS came about, or it broke; the reason is in OpenSSL's words.
    case handshakeFailed(reason: String, ClientAddress)
    /// A connection from a listed proxy did not begin as it must.
    case proxyHeaderRefused(ProxyHeader.Refusal, ClientAddress)
    /// All places were taken, and this connection, the longest idle one, made room for another.
    case madeRoom(ClientAddress)
    /// The client was too slow.
    case timedOut(Patience, ClientAddress)
    /// The client left before its answer; the request's task was cancelled.
    case clientLeft(ClientAddress, requestID: String)

    public enum Patience: String, Sendable {
        case proxyHeader = "proxy_header"
        case handshake
        case head
        case body
        case write
    }
}
