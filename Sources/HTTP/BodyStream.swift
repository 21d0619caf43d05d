/// A body that is made while it is sent, piece by piece.
///
/// It is *pulled*: the next piece is asked for when the one before has been handed to the network, so a reader that is
/// slow costs one piece of memory and no more. Where thousands wait for the same news, a ``Feed`` tells them without a
/// task for each. A class, so that an answer without one stays small.
public final class BodyStream: Sendable {
    /// The next piece, or `nil` at the end. An empty piece is passed over.
    ///
    /// Runs in a task of its own that is cancelled when the client leaves or the server stops. After a cancellation by
    /// the server one more piece is written, so that a stream can say why it ends.
    public let next: @Sendable () async -> [UInt8]?
    /// What keeps a stream without news alive; `nil` for streams that know no such thing.
    public let filler: Filler?
    /// The same pieces without a task, where there is such a way; ``next`` is then not asked by the server.
    public let feed: (any Feed)?

    /// Bytes that mean nothing and may stand between any two pieces.
    ///
    /// They keep proxies from giving up, and find out whether the client is still there.
    public struct Filler: Sendable {
        public let bytes: [UInt8]
        public let period: Duration

        public init(bytes: [UInt8], period: Duration) {
            self.bytes = bytes
            self.period = period
        }
    }

    public init(
        filler: Filler? = nil, feed: (any Feed)? = nil, next: @escaping @Sendable () async -> [UInt8]?
    ) {
        self.filler = filler
        self.feed = feed
        self.next = next
    }

    /// What a stream has at the moment.
    public enum Step: Sendable {
        /// Never empty. Streams that are told the same are best given the same array: it is then framed once, and one that
        /// a slow reader left half is kept once.
        case piece([UInt8])
        /// Nothing until the next ring.
        case nothing
        /// Only ``Feed/step()`` can say.
        case waits
        case end
    }

    /// A stream that mostly has its next piece at hand or waits for news, and needs a task for neither.
    public protocol Feed: AnyObject, Sendable {
        /// What can be had without waiting; short, because it runs on the reader's event loop.
        ///
        /// `isLast` when the server stops: one more piece is written, and the stream is over.
        func take(isLast: Bool) -> Step
        /// After ``Step/waits``: what could only be had by waiting. Its task is cancelled when the client leaves or the
        /// server stops. Never ``Step/waits`` again.
        func step() async -> Step
        /// Called once, before anything is taken. `ring` may be called from any thread, and too often.
        func listen(_ ring: @escaping @Sendable () -> Void)
    }

    /// How a stream's end is found by its reader.
    public enum Framing: Sendable {
        /// RFC 9112 §7.1.
        case chunked
        /// HTTP/1.0 knows no chunks: the body ends with the connection (RFC 9112 §6.3).
        case untilClose

        public init(_ version: Request.Version) { self = version == .http10 ? .untilClose : .chunked }

        /// Appends a piece, which must not be empty: the chunk of length 0 is the end.
        public func append(_ piece: [UInt8], to output: inout [UInt8]) {
            switch self {
            case .untilClose: output.append(contentsOf: piece)
            case .chunked:
                output.append(contentsOf: String(piece.count, radix: 16).utf8)
                output.append(contentsOf: "\r\n".utf8)
                output.append(contentsOf: piece)
                output.append(contentsOf: "\r\n".utf8)
            }
        }

        public func appendEnd(to output: inout [UInt8]) {
            switch self {
            case .untilClose: break
            case .chunked: output.append(contentsOf: "0\r\n\r\n".utf8)
            }
        }
    }
}
