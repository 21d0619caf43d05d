internal import CCurl
public import Concurrency
public import Domain
public import Flows

/// Hands mail to an SMTP server (RFC 5321), over STARTTLS (RFC 3207) or TLS (RFC 8314) unless that was ruled out.
///
/// The server's certificate is always checked. A connection is made for each letter.
public struct SMTPSender: MailSender {
    public struct Settings: Sendable {
        /// `smtp://host:port` or `smtps://host:port`.
        public let url: String
        public let security: Security
        /// Empty for none.
        public let user: String
        public let password: Secret?
        /// What the server is told that this machine is called.
        public let name: String
        /// Certificates in PEM form that are trusted instead of the system's.
        public let caFile: String?
        public let connectTimeout: Duration
        /// For everything together.
        public let timeout: Duration

        public init(
            url: String, security: Security, user: String, password: Secret?, name: String, caFile: String?,
            connectTimeout: Duration = .seconds(10), timeout: Duration = .seconds(60)
        ) {
            self.url = url
            self.security = security
            self.user = user
            self.password = password
            self.name = name
            self.caFile = caFile
            self.connectTimeout = connectTimeout
            self.timeout = timeout
        }
    }

    public enum Security: Sendable {
        /// From the first byte (`smtps`), or by STARTTLS before anything is said.
        case encrypted
        case none
    }

    private let settings: Settings
    private let pool: ThreadPool
    private let stopping = CurlStop()

    /// The transfers block the pool's threads; whoever made it shuts it down.
    public init(_ settings: Settings, pool: ThreadPool) {
        self.settings = settings
        self.pool = pool
    }

    /// Ends what is under way within about a second; it is tried again later.
    public func stop() { stopping.now() }

    /// Why nothing can be sent from this machine, in words; `nil` where it can.
    public static var problem: String? { CurlTransfer.problem }

    public func send(_ mail: OutgoingMail) async -> MailVerdict {
        let bytes = mail.bytes
        return await pool.run { deliver(bytes, from: mail.sender, to: mail.recipient) }
    }

    /// Says hello, over TLS and with the password where there are any, and nothing more.
    public func greet() async -> MailVerdict {
        await pool.run {
            guard let transfer = CurlTransfer(), prepare(transfer),
                transfer.set(CURLOPT_CUSTOMREQUEST, "NOOP"), transfer.set(CURLOPT_NOBODY, 1),
                transfer.set(CURLOPT_TIMEOUT_MS, min(settings.timeout, .seconds(15)))
            else { return .unreachable(code: "libcurl") }
            return Self.verdict(transfer.perform(), of: transfer)
        }
    }

    private func deliver(_ bytes: [UInt8], from sender: String, to recipient: String) -> MailVerdict {
        guard let transfer = CurlTransfer(), prepare(transfer), transfer.set(CURLOPT_MAIL_FROM, sender),
            transfer.addRecipient(recipient), transfer.setBody(bytes)
        else { return .unreachable(code: "libcurl") }
        return Self.verdict(transfer.perform(), of: transfer)
    }

    private func prepare(_ transfer: CurlTransfer) -> Bool {
        let level = settings.security == .none ? CURLUSESSL_NONE : CURLUSESSL_ALL
        var isSet =
            transfer.speakOnlySMTP()
            && transfer.set(CURLOPT_URL, "\(settings.url)/\(settings.name)")
            && transfer.set(CURLOPT_USE_SSL, Int(level.rawValue))
            && transfer.set(CURLOPT_CONNECTTIMEOUT_MS, settings.connectTimeout)
            && transfer.set(CURLOPT_TIMEOUT_MS, settings.timeout)
        if let file = settings.caFile { isSet = isSet && transfer.set(CURLOPT_CAINFO, file) }
        if !settings.user.isEmpty {
            let password = String(decoding: settings.password?.exposed ?? [], as: UTF8.self)
            isSet =
                isSet && transfer.set(CURLOPT_USERNAME, settings.user) && transfer.set(CURLOPT_PASSWORD, password)
        }
        transfer.heed(stopping)
        return isSet
    }

    /// Only an answer to the letter itself is for good: whatever is wrong with the connection, the certificate or the
    /// password would be so for any letter, and an operator may mend it.
    private static func verdict(_ code: CURLcode, of transfer: CurlTransfer) -> MailVerdict {
        verdict(code, status: transfer.status, sentAll: transfer.sentAll)
    }

    static func verdict(_ code: CURLcode, status: Int, sentAll: Bool) -> MailVerdict {
        if code == CURLE_OK { return .sent }
        // libcurl says so of every answer that it cannot go on after: to MAIL, RCPT and DATA, and to the text.
        let isAnswer = code == CURLE_SEND_ERROR || (code == CURLE_WEIRD_SERVER_REPLY && sentAll)
        guard isAnswer, (400..<600).contains(status) else {
            if code == CURLE_ABORTED_BY_CALLBACK { return .putOff(code: code.word) }
            let word = code == CURLE_WEIRD_SERVER_REPLY && status > 0 ? "answer_\(status)" : code.word
            return .unreachable(code: word)
        }
        switch status {
        // The server is going away, or wants a password or TLS, or does not know the command (RFC 5321 §4.2, RFC 4954 §6).
        case 421, 454, 500...504, 530, 534, 535, 538: return .unreachable(code: "answer_\(status)")
        case 400..<500: return .putOff(code: "answer_\(status)")
        default: return .refused(code: "answer_\(status)")
        }
    }
}
