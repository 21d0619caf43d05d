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
    /// The client was too slow.
    case timedOut(Patience, ClientAddress)
    /// The client left before its answer; the request's task was cancelled.
    case clientLeft(ClientAddress, requestID: String)

    public enum Patience: String, Sendable {
        case head
        case body
        case write
    }
}
