internal import CCurl
public import Concurrency

/// Asks another server for a small document, over TLS and without following it anywhere else.
public struct HTTPSGet: Sendable {
    public struct Answer: Sendable {
        public let status: Int
        public let bytes: [UInt8]
    }

    /// Why there is no answer; nothing of what was asked is in it.
    public enum Fault: Error, Hashable, Sendable {
        case notHTTPS
        case unreachable(code: String)
        case tooLong
    }

    private let pool: ThreadPool
    private let caFile: String?
    private let stopping = CurlStop()

    /// The transfers block the pool's threads; whoever made it shuts it down.
    ///
    /// - Parameter caFile: certificates in PEM form that are trusted instead of the system's.
    public init(pool: ThreadPool, caFile: String? = nil) {
        self.pool = pool
        self.caFile = caFile
    }

    /// Ends what is under way within about a second.
    public func stop() { stopping.now() }

    /// - Parameters:
    ///   - url: begins with `https://`; a redirection is an answer like any other.
    ///   - headers: as `Name: value`, without line ends.
    ///   - maxBytes: a longer answer is none.
    ///   - timeout: for everything together.
    nonisolated(nonsending) public func get(
        _ url: String, headers: [String] = [], maxBytes: Int, timeout: Duration
    ) async throws(Fault) -> Answer {
        guard url.utf8.starts(with: "https://".utf8), url.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else {
            throw .notHTTPS
        }
        return try await pool.run { () throws(Fault) in
            try fetch(url, headers: headers, maxBytes: maxBytes, timeout: timeout)
        }
    }

    private func fetch(
        _ url: String, headers: [String], maxBytes: Int, timeout: Duration
    ) throws(Fault) -> Answer {
        guard let transfer = CurlTransfer(), transfer.speakOnlyHTTPS(),
            transfer.set(CURLOPT_URL, url), transfer.set(CURLOPT_TIMEOUT_MS, timeout),
            transfer.set(CURLOPT_CONNECTTIMEOUT_MS, min(timeout, .seconds(10))),
            headers.allSatisfy(transfer.addHeader), caFile.map({ transfer.set(CURLOPT_CAINFO, $0) }) ?? true
        else { throw .unreachable(code: "libcurl") }
        transfer.setRoom(maxBytes)
        transfer.heed(stopping)
        let code = transfer.perform()
        if transfer.isTooLong { throw .tooLong }
        guard code == CURLE_OK else { throw .unreachable(code: code.word) }
        return Answer(status: transfer.status, bytes: transfer.received)
    }
}
