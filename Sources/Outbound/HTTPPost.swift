internal import CCurl
public import Domain

/// Sends something small to another server and waits for its answer, over TLS and without following it anywhere else.
///
/// It blocks the thread that it is called on: for a command's main thread, not for a server.
public struct HTTPPost: Sendable {
    public struct Answer: Sendable {
        public let status: Int
        public let bytes: [UInt8]
    }

    /// Why there is no answer; nothing of what was sent is in it.
    public enum Fault: Error, Hashable, Sendable {
        /// libcurl is not there, or does not take what it was told.
        case unusable(String)
        case noSuchHost
        case noConnection
        /// The certificate is not one for that name, is over, or nobody trusted has signed it.
        case notTrusted
        /// The file of trusted certificates cannot be read, or holds none.
        case unreadableCertificates
        case noTLS
        case timedOut
        case connectionLost
        case tooLong
        case other(code: String)
    }

    private let url: String
    private let isPlain: Bool
    private let caFile: String?
    private let connectTimeout: Duration
    private let timeout: Duration

    /// - Parameters:
    ///   - url: begins with `https://`, or where `isPlain` with `http://`; a redirection is an answer like any other.
    ///   - isPlain: only for what does not leave this machine.
    ///   - caFile: certificates in PEM form that are trusted instead of the system's.
    ///   - timeout: for everything together.
    public init(
        url: String, isPlain: Bool, caFile: String?, connectTimeout: Duration = .seconds(10), timeout: Duration
    ) {
        self.url = url
        self.isPlain = isPlain
        self.caFile = caFile
        self.connectTimeout = connectTimeout
        self.timeout = timeout
    }

    /// - Parameters:
    ///   - headers: as `Name: value`, without line ends.
    ///   - secrets: the same, with values that are secret.
    ///   - maxBytes: a longer answer is none.
    public func callAsFunction(
        _ body: [UInt8], headers: [String], secrets: [(name: String, value: Secret)] = [], maxBytes: Int
    ) throws(Fault) -> Answer {
        if let problem = CurlTransfer.problem { throw .unusable(problem) }
        guard let transfer = CurlTransfer() else { throw .unusable("libcurl has no memory") }
        let fields =
            headers + secrets.map { "\($0.name): \(String(decoding: $0.value.exposed, as: UTF8.self))" }
            // Without it, libcurl asks first whether a longer body may come, and waits for the answer.
            + ["Expect:"]
        guard isPlain ? transfer.speakOnlyHTTP() : transfer.speakOnlyHTTPS(), transfer.set(CURLOPT_URL, url),
            transfer.set(CURLOPT_HTTP_VERSION, Int(CURL_HTTP_VERSION_1_1)), transfer.setBody(body),
            transfer.set(CURLOPT_CUSTOMREQUEST, "POST"), fields.allSatisfy(transfer.addHeader),
            transfer.set(CURLOPT_TIMEOUT_MS, timeout),
            transfer.set(CURLOPT_CONNECTTIMEOUT_MS, min(timeout, connectTimeout)),
            caFile.map({ transfer.set(CURLOPT_CAINFO, $0) }) ?? true
        else { throw .unusable("libcurl does not take the request") }
        transfer.setRoom(maxBytes)
        let code = transfer.perform()
        if transfer.isTooLong { throw .tooLong }
        guard code == CURLE_OK else { throw Fault(code) }
        return Answer(status: transfer.status, bytes: transfer.received)
    }
}

extension HTTPPost.Fault {
    fileprivate init(_ code: CURLcode) {
        switch code {
        case CURLE_COULDNT_RESOLVE_HOST: self = .noSuchHost
        case CURLE_COULDNT_CONNECT: self = .noConnection
        case CURLE_PEER_FAILED_VERIFICATION: self = .notTrusted
        case CURLE_SSL_CACERT_BADFILE: self = .unreadableCertificates
        case CURLE_SSL_CONNECT_ERROR, CURLE_SSL_CIPHER: self = .noTLS
        case CURLE_OPERATION_TIMEDOUT: self = .timedOut
        case CURLE_SEND_ERROR, CURLE_RECV_ERROR, CURLE_GOT_NOTHING, CURLE_PARTIAL_FILE: self = .connectionLost
        default: self = .other(code: code.word)
        }
    }
}
