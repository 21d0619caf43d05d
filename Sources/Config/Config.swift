public import Domain
public import HTTP

/// What the operator decided, checked and complete. The initial values are the defaults.
public struct Config: Sendable {
    /// `ALDRAVA_LISTEN`: where HTTP is spoken without TLS; `nil` for nowhere.
    public internal(set) var listen: ListenText? = .tcp(host: "127.0.0.1", port: 8005)
    /// `ALDRAVA_TLS_LISTEN`: where TLS is spoken, and only TLS; `nil` for nowhere. Never a Unix socket.
    public internal(set) var tlsListen: ListenText?
    /// `ALDRAVA_TLS_CERTIFICATES`: the first answers where no other is for the name that a client asks for.
    public internal(set) var tlsCertificates: [CertificateText] = []
    /// `ALDRAVA_HSTS_MAX_AGE`: for how long browsers that came over TLS shall come over TLS only.
    public internal(set) var transportSecurity = Duration.seconds(31_536_000)
    /// `ALDRAVA_PUBLIC_URL`: how clients reach the server, without a trailing slash. It becomes the tokens' issuer.
    public internal(set) var publicURL = ""
    /// `ALDRAVA_HOSTS`: further names of the server itself, as ``HTTP/Authority`` spells them.
    public internal(set) var hosts: [String] = []
    /// `ALDRAVA_INSECURE_COOKIES`: whether cookies go without TLS, to a browser on this machine.
    public internal(set) var insecureCookies = false
    /// `ALDRAVA_DATA`: the folder of the database file, the master key, the logs, the lock and the control socket.
    public internal(set) var data = "./aldrava-data"
    /// `ALDRAVA_DATABASE`: a `postgres://` URL with its password; `nil` for the SQLite file in the data folder.
    public internal(set) var databaseURL: Secret?
    /// `ALDRAVA_DATABASE_CONNECTIONS`: how many PostgreSQL connections are open at most.
    public internal(set) var databaseConnections = 8
    /// `ALDRAVA_MASTER_KEY`: 32 bytes; `nil` for the file `master.key` in the data folder.
    public internal(set) var masterKey: Secret?
    /// `ALDRAVA_NODE`: the name under which this server signs its events.
    public internal(set) var node = ""

    /// `ALDRAVA_ACCESS_LIFETIME`: how long an access token is good.
    public internal(set) var accessLifetime = Duration.seconds(900)
    /// `ALDRAVA_SESSION_IDLE`: an unused session dies after this.
    public internal(set) var sessionIdle = Duration.seconds(7 * 86_400)
    /// `ALDRAVA_SESSION_ABSOLUTE`: a session dies this long after sign-in, used or not.
    public internal(set) var sessionAbsolute = Duration.seconds(30 * 86_400)
    /// `ALDRAVA_REFRESH_GRACE`: how long a spent refresh token is still answered with its successor.
    public internal(set) var refreshGrace = Duration.seconds(10)

    /// `ALDRAVA_SIGNING_ALGORITHM`: of new signing keys; those that exist keep theirs.
    public internal(set) var signingAlgorithm = SigningAlgorithm.es256
    /// `ALDRAVA_KEY_ROTATION`: a signing key is followed by another one after this; never where it is zero.
    public internal(set) var keyRotation = Duration.seconds(90 * 86_400)

    /// `ALDRAVA_ARGON2_MEMORY_KIB`.
    public internal(set) var argon2MemoryKiB = 19_456
    /// `ALDRAVA_ARGON2_PASSES`.
    public internal(set) var argon2Passes = 2
    /// `ALDRAVA_HASH_THREADS`: how many passwords are hashed at the same time.
    public internal(set) var hashThreads: Int
    /// `ALDRAVA_HASH_QUEUE`: how many passwords may wait for that.
    public internal(set) var hashQueue = 256

    /// `ALDRAVA_EVENTS_PER_SECOND`: how many audit events one caller may write.
    public internal(set) var eventsPerSecond = 100
    /// `ALDRAVA_STREAMS`: how many streams of events are open at most.
    public internal(set) var streams = 1_024
    /// `ALDRAVA_STREAMS_PER_USER`: the same for one user.
    public internal(set) var streamsPerUser = 16

    /// `ALDRAVA_TRUSTED_PROXIES`: only these may say on whose behalf they ask.
    public internal(set) var trustedProxies: [AddressBlock] = []
    /// `ALDRAVA_PROXY_PROTOCOL`: every connection from there begins with a header of the PROXY protocol, version 2.
    public internal(set) var proxyProtocol: [AddressBlock] = []
    /// `ALDRAVA_CORS_ORIGINS`: the web pages' origins that may call the API from a browser.
    public internal(set) var corsOrigins: [Origin] = []
    /// `ALDRAVA_MAX_BODY`, in bytes.
    public internal(set) var maxBody = 65_536
    /// `ALDRAVA_MAX_CONNECTIONS`.
    public internal(set) var maxConnections = 8_192
    /// `ALDRAVA_MAX_CONNECTIONS_PER_ADDRESS`: not counted for trusted proxies and Unix sockets.
    public internal(set) var maxConnectionsPerAddress = 256
    /// `ALDRAVA_HEADER_TIMEOUT`: a request's head must be complete after this.
    public internal(set) var headerTimeout = Duration.seconds(10)
    /// `ALDRAVA_BODY_TIMEOUT`: a request's body must be complete after this.
    public internal(set) var bodyTimeout = Duration.seconds(30)
    /// `ALDRAVA_IDLE_TIMEOUT`: a connection without a request is closed after this.
    public internal(set) var idleTimeout = Duration.seconds(75)
    /// `ALDRAVA_SHUTDOWN_GRACE`: how long requests under way may take once the server was asked to stop.
    public internal(set) var shutdownGrace = Duration.seconds(20)
    /// `ALDRAVA_LOOPS`: how many threads serve connections.
    public internal(set) var loops: Int

    /// `ALDRAVA_SERVICE_KEY`: the one API key that needs no database; `nil` for none.
    public internal(set) var serviceKey: Secret?
    /// `ALDRAVA_SERVICE_KEY_PREVIOUS`: is good besides, while programs are given the new one.
    public internal(set) var serviceKeyPrevious: Secret?
    /// `ALDRAVA_SERVICE_KEY_PERMISSIONS`: without any, the key may only verify.
    public internal(set) var serviceKeyPermissions: [Permission.Pair] = []
    /// `ALDRAVA_SERVICE_KEY_NETWORKS`: without any, it may be used from anywhere.
    public internal(set) var serviceKeyNetworks: [AddressBlock] = []
    /// `ALDRAVA_SERVICE_KEY_EXPIRES`: `nil` for never.
    public internal(set) var serviceKeyExpires: Timestamp?

    /// `ALDRAVA_SMTP_URL`: where mail goes out; `nil` where it is put into a folder instead.
    public internal(set) var smtp: SMTPAddress?
    /// `ALDRAVA_SMTP_TLS`.
    public internal(set) var smtpEncryption = SMTPEncryption.required
    /// `ALDRAVA_SMTP_USER`: empty for none.
    public internal(set) var smtpUser = ""
    /// `ALDRAVA_SMTP_PASSWORD`.
    public internal(set) var smtpPassword: Secret?
    /// `ALDRAVA_SMTP_CA_FILE`: certificates that are trusted instead of the system's; `nil` for those.
    public internal(set) var smtpCAFile: String?
    /// `ALDRAVA_SMTP_TIMEOUT`: how long handing over one letter may take.
    public internal(set) var smtpTimeout = Duration.seconds(60)
    /// `ALDRAVA_MAIL_FROM`: who the mail of realms is from that do not say; `nil` for an address made from the public URL.
    public internal(set) var mailFrom: String?
    /// `ALDRAVA_BREACHED_PASSWORDS`: where the ranges are; `nil` for nowhere.
    public internal(set) var breachedPasswords: BreachedPlace?
    /// `ALDRAVA_BREACHED_PASSWORDS_CA_FILE`: certificates that are trusted there instead of the system's; `nil` for those.
    public internal(set) var breachedPasswordsCAFile: String?
    /// `ALDRAVA_DISPOSABLE_DOMAINS`: the file of mail domains; `nil` for none.
    public internal(set) var disposableDomains: String?

    /// `ALDRAVA_LOG_LEVEL`: what the system log leaves out.
    public internal(set) var logLevel = LogLevel.info
    /// `ALDRAVA_ACCESS_LOG`: where a line for each request goes.
    public internal(set) var accessLog = AccessLogTarget.file
    /// `ALDRAVA_ACCESS_LOG_CHECKS`: whether requests that only ask how the server is are logged too.
    public internal(set) var accessLogsChecks = false
    /// `ALDRAVA_LOG_MAX_MIB`: a log begins a new file at this size; 0 where something else rotates the logs.
    public internal(set) var logMaxMiB = 100
    /// `ALDRAVA_LOG_RETENTION_DAYS`: how long older files of the logs are kept.
    public internal(set) var logRetentionDays = 30
    /// `ALDRAVA_METRICS`: whether programs on this machine may read the metrics without a token.
    public internal(set) var metrics = MetricsAudience.local
    /// `ALDRAVA_METRICS_TOKEN`: lets its holder read them from anywhere.
    public internal(set) var metricsToken: Secret?

    /// Where each setting that was given came from, by its name; what is missing has its default.
    var origins: [String: SettingOrigin] = [:]

    init(machine: Machine) {
        loops = min(max(machine.processors, 1), 256)
        hashThreads = min(max(machine.processors / 2, 1), 256)
        node = machine.hostName
    }

    /// Whether the public URL is this machine's own: then nothing stands between it and its clients.
    public var isPublicHere: Bool { PublicURL.isLoopback(publicURL) }

    /// The public URL's host.
    public var publicHost: String { PublicURL.host(of: publicURL) }

    /// Every address for clients, in the order in which they are bound; at least one.
    public var listenPoints: [ListenPoint] {
        [
            listen.map { ListenPoint(address: $0, isTLS: false) },
            tlsListen.map { ListenPoint(address: $0, isTLS: true) },
        ]
        .compactMap { $0 }
    }

    /// A name in the data folder.
    public func path(_ name: String) -> String { data == "/" ? "/\(name)" : "\(data)/\(name)" }
}

/// What the settings' defaults depend on, and the way to files; given by `App`, so that tests need neither.
public struct Machine: Sendable {
    public let processors: Int
    public let hostName: String
    public let read: @Sendable (_ path: String) -> FileContents

    public init(processors: Int, hostName: String, read: @escaping @Sendable (String) -> FileContents) {
        self.processors = processors
        self.hostName = hostName
        self.read = read
    }
}

public enum FileContents: Sendable {
    /// `isPrivate` is false when users other than the owner may read the file.
    case bytes([UInt8], isPrivate: Bool)
    /// The reason completes the sentence "the file …", such as `does not exist`.
    case unreadable(reason: String)
}
