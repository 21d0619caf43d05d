internal import Domain
internal import HTTP

extension Config {
    /// Where to name the settings file; it cannot stand in that file itself.
    public static let fileVariable = "ALDRAVA_CONFIG"

    /// The table of all settings, in the order in which they are shown.
    public static let settings: [Setting] = [
        .text(
            "ALDRAVA_LISTEN", \.listen,
            allowed: "address:port, localhost:port, [IPv6 address]:port, unix:/path, or off",
            standard: "127.0.0.1:8005", "Where the server speaks HTTP without TLS. Port 0 takes any free port.",
            ListenSetting.parse),
        .text(
            "ALDRAVA_TLS_LISTEN", \.tlsListen, allowed: "address:port, localhost:port, or [IPv6 address]:port",
            standard: "none", "Where the server speaks TLS 1.2 and 1.3, and nothing else.", ListenSetting.parseTLS),
        .list(
            "ALDRAVA_TLS_CERTIFICATES", \.tlsCertificates,
            allowed: "certificate.pem:key.pem, or one file that holds both, in PEM form",
            "The certificates for TLS, each with its chain. Clients get the one with the name they ask for, or the first. Read again on SIGHUP.",
            CertificateText.init),
        .seconds(
            "ALDRAVA_HSTS_MAX_AGE", \.transportSecurity, 0...63_072_000,
            "Browsers that were answered over TLS come over TLS only for this long; 0 makes them forget it."),
        .text(
            "ALDRAVA_PUBLIC_URL", \.publicURL,
            allowed: "https://host[:port], or http:// on a loopback host; no path, no trailing slash",
            standard: "the listening address, that for TLS first, where it is a loopback host",
            "How clients reach the server. It is the issuer of every token, so it must not change.", PublicURL.check),
        .list(
            "ALDRAVA_HOSTS", \.hosts, allowed: "host names such as auth.internal, with a port where it is unusual",
            "Further names under which the server itself is reached, besides that of the public URL. Other names get 421, unless a realm or an application has them.",
            HostText.check),
        .text(
            "ALDRAVA_INSECURE_COOKIES", \.insecureCookies, allowed: "yes or no", standard: "no",
            "Whether cookies go without TLS, under names without __Host-. For trying things out: only where the public URL is http:// on a loopback host."
        ) { ["yes": true, "no": false][$0] },
        .text(
            "ALDRAVA_DATA", \.data, allowed: "a path", standard: "./aldrava-data",
            "The folder of the database file, the master key, the logs and the control socket. Made with mode 700.",
            DataPath.check),
        .text(
            "ALDRAVA_DATABASE", \.databaseURL, allowed: "postgres://user:password@host/database",
            standard: "the SQLite file aldrava.db in the data folder", isSecret: true,
            "The PostgreSQL database, where one machine is not enough.", DatabaseText.check),
        .count(
            "ALDRAVA_DATABASE_CONNECTIONS", \.databaseConnections, 1...1_000,
            "How many PostgreSQL connections are open at most."),
        .text(
            "ALDRAVA_MASTER_KEY", \.masterKey, allowed: "32 bytes as 64 hex digits or as base64",
            standard: "the file master.key in the data folder, made for an empty database only", isSecret: true,
            "The key that wraps every other key. Keep a copy apart from the database's backups."
        ) { KeyText.parse($0).map { .some($0) } },
        .text(
            "ALDRAVA_NODE", \.node, allowed: "1 to 64 letters, digits, dots, hyphens and underscores",
            standard: "the host's name", "The name of this server in the events it writes.", NodeName.check),

        .seconds(
            "ALDRAVA_ACCESS_LIFETIME", \.accessLifetime, SessionBounds.access, "How long an access token is good."),
        .seconds(
            "ALDRAVA_SESSION_IDLE", \.sessionIdle, SessionBounds.idle, "A session that was not used for this long ends."
        ),
        .seconds(
            "ALDRAVA_SESSION_ABSOLUTE", \.sessionAbsolute, SessionBounds.absolute,
            "A session ends this long after sign-in, used or not."),
        .seconds(
            "ALDRAVA_REFRESH_GRACE", \.refreshGrace, SessionBounds.grace,
            "How long a refresh token that was just exchanged is still answered, for clients with two tabs."),

        .text(
            "ALDRAVA_SIGNING_ALGORITHM", \.signingAlgorithm,
            allowed: SigningAlgorithm.allCases.map(\.rawValue).joined(separator: ", "),
            standard: Config.standard.signingAlgorithm.rawValue,
            "What the next signing key is for. Tokens of HS256 can be checked by this server only.",
            SigningAlgorithm.init(rawValue:)),
        .text(
            "ALDRAVA_KEY_ROTATION", \.keyRotation, allowed: KeyRotation.allowed, standard: "90d",
            "How long a signing key signs before the next one takes over by itself.", KeyRotation.parse),

        .count(
            "ALDRAVA_ARGON2_MEMORY_KIB", \.argon2MemoryKiB, 8_192...1_048_576,
            "The memory one password hash takes. Older hashes are renewed at the next sign-in."),
        .count("ALDRAVA_ARGON2_PASSES", \.argon2Passes, 1...16, "How often a password hash goes over its memory."),
        .count(
            "ALDRAVA_HASH_THREADS", \.hashThreads, 1...256, standard: "half the number of CPUs, at least 1",
            "How many passwords are hashed at the same time."),
        .count(
            "ALDRAVA_HASH_QUEUE", \.hashQueue, 8...65_536,
            "How many passwords may wait to be hashed, an eighth of them from one network, and none for longer than about a second; more get 503."
        ),

        .count(
            "ALDRAVA_EVENTS_PER_SECOND", \.eventsPerSecond, 1...100_000,
            "How many audit events one caller may write, ten seconds' worth at once; more get 429."),
        .count(
            "ALDRAVA_STREAMS", \.streams, 1...1_000_000,
            "How many streams of audit events are open at most; more get 503."),
        .count(
            "ALDRAVA_STREAMS_PER_USER", \.streamsPerUser, 1...1_000_000,
            "The same for one user; more get 429."),

        .list(
            "ALDRAVA_TRUSTED_PROXIES", \.trustedProxies, allowed: "addresses or CIDR blocks such as 10.0.0.0/8",
            "The proxies whose X-Forwarded-For is believed, from right to left.", ProxyText.parse),
        .list(
            "ALDRAVA_PROXY_PROTOCOL", \.proxyProtocol, allowed: "addresses or CIDR blocks such as 10.0.0.0/8",
            "The proxies whose connections all begin with a PROXY protocol header, version 2. Nobody else may send one.",
            ProxyText.parse),
        .list(
            "ALDRAVA_CORS_ORIGINS", \.corsOrigins, allowed: "exact origins such as https://app.example.com",
            "The web pages that may call the API from a browser.", Origin.init),
        .count("ALDRAVA_MAX_BODY", \.maxBody, 1_024...16_777_216, "The longest request body, in bytes."),
        .count(
            "ALDRAVA_MAX_CONNECTIONS", \.maxConnections, 1...1_000_000,
            "How many connections are open at most, if the process may open as many files. One more closes the longest idle one."
        ),
        .count(
            "ALDRAVA_MAX_CONNECTIONS_PER_ADDRESS", \.maxConnectionsPerAddress, 1...1_000_000,
            "The same for one client address. Trusted proxies and Unix sockets are not counted."),
        .seconds("ALDRAVA_HEADER_TIMEOUT", \.headerTimeout, 1...600, "A request's head must arrive within this."),
        .seconds("ALDRAVA_BODY_TIMEOUT", \.bodyTimeout, 1...600, "A request's body must arrive within this."),
        .seconds(
            "ALDRAVA_IDLE_TIMEOUT", \.idleTimeout, 1...3_600, "A connection without a request is closed after this."),
        .seconds(
            "ALDRAVA_SHUTDOWN_GRACE", \.shutdownGrace, 1...3_600,
            "How long requests under way may still take when the server stops."),
        .count(
            "ALDRAVA_LOOPS", \.loops, 1...256, standard: "the number of CPUs", "How many threads serve connections."),

        .text(
            "ALDRAVA_SERVICE_KEY", \.serviceKey, allowed: ServiceKeyText.allowed, standard: "none", isSecret: true,
            "An API key of the default realm that needs no command to make it. 'aldrava api-key' makes others.",
            ServiceKeyText.check),
        .text(
            "ALDRAVA_SERVICE_KEY_PREVIOUS", \.serviceKeyPrevious, allowed: ServiceKeyText.allowed, standard: "none",
            isSecret: true,
            "The key before that one, good besides while programs are given the new one; then to be removed.",
            ServiceKeyText.check),
        .list(
            "ALDRAVA_SERVICE_KEY_PERMISSIONS", \.serviceKeyPermissions, allowed: "permissions such as messages:read",
            "What both may do; without any, they may only verify other people's requests.", Permission.Pair.init(_:)),
        .list(
            "ALDRAVA_SERVICE_KEY_NETWORKS", \.serviceKeyNetworks,
            allowed: "addresses or CIDR blocks such as 10.0.0.0/8",
            "From where both may be used; without any, from anywhere.", ProxyText.parse),
        .text(
            "ALDRAVA_SERVICE_KEY_EXPIRES", \.serviceKeyExpires,
            allowed: "a day such as 2027-01-31, which means 00:00 UTC, or a time such as 2027-01-31T18:30:00Z",
            standard: "none", "From when on both are refused.", ServiceKeyText.time),

        .text(
            "ALDRAVA_SMTP_URL", \.smtp, allowed: "smtp://host[:port] for STARTTLS, or smtps://host[:port] for TLS",
            standard: "none: mails land as files in the folder mail of the data folder",
            "The mail server that takes this server's mail. Without a port, 587 and 465 are meant.", SMTPAddress.parse),
        .word(
            "ALDRAVA_SMTP_TLS", \.smtpEncryption,
            "Whether mail goes out over TLS only. off is for a mail server on a loopback host; insecure allows it for every other, and whoever listens in reads links that open accounts."
        ),
        .text(
            "ALDRAVA_SMTP_USER", \.smtpUser, allowed: "a name of 1 to 256 bytes", standard: "none",
            "The name with which this server signs in at the mail server.", SMTPText.user),
        .text(
            "ALDRAVA_SMTP_PASSWORD", \.smtpPassword, allowed: "a text of 1 to 1024 bytes", standard: "none",
            isSecret: true, "The password that goes with it.", SMTPText.password),
        .text(
            "ALDRAVA_SMTP_CA_FILE", \.smtpCAFile, allowed: "a path of a file in PEM form",
            standard: "the system's certificates",
            "Whom to believe that the mail server is the one meant, where that is no public authority."
        ) { DataPath.check($0).map { .some($0) } },
        .seconds(
            "ALDRAVA_SMTP_TIMEOUT", \.smtpTimeout, 5...120,
            "Handing one letter over may take this long; then it is tried again later."),
        .text(
            "ALDRAVA_MAIL_FROM", \.mailFrom, allowed: "an e-mail address, or name <address>",
            standard: "no-reply at the public URL's host",
            "Who the mail of realms is from that do not say.", SMTPText.from),
        .text(
            "ALDRAVA_BREACHED_PASSWORDS", \.breachedPasswords, allowed: BreachedPlace.allowed, standard: "none",
            "The folder with a range file of breached passwords for each five hexadecimal digits, or a server that answers with these. Realms ask it where their rules say so."
        ) { BreachedPlace($0).map { .some($0) } },
        .text(
            "ALDRAVA_BREACHED_PASSWORDS_CA_FILE", \.breachedPasswordsCAFile, allowed: "a path of a file in PEM form",
            standard: "the system's certificates",
            "Whom to believe that the server of ranges is the one meant, where that is no public authority."
        ) { DataPath.check($0).map { .some($0) } },
        .text(
            "ALDRAVA_DISPOSABLE_DOMAINS", \.disposableDomains, allowed: "a path", standard: "none",
            "The file of mail domains, one a line, that realms may refuse with all below them. Read again on SIGHUP."
        ) { DataPath.check($0).map { .some($0) } },

        .word(
            "ALDRAVA_LOG_LEVEL", \.logLevel,
            "What the system log holds: this and everything graver. Warnings and errors also go to standard error."),
        .word(
            "ALDRAVA_ACCESS_LOG", \.accessLog,
            "Where a line for each request goes: access.jsonl in the data folder, standard output, or nowhere."),
        .text(
            "ALDRAVA_ACCESS_LOG_CHECKS", \.accessLogsChecks, allowed: "yes or no", standard: "no",
            "Whether requests for /health, /ready and /metrics are logged too."
        ) { ["yes": true, "no": false][$0] },
        .count(
            "ALDRAVA_LOG_MAX_MIB", \.logMaxMiB, 0...65_536,
            "A log begins a new file at this size and every day; the old one is compressed. 0: something else rotates."),
        .count(
            "ALDRAVA_LOG_RETENTION_DAYS", \.logRetentionDays, 1...3_650,
            "How long the old files of the logs are kept."),
        .word(
            "ALDRAVA_METRICS", \.metrics,
            "Whether programs on this machine may read /metrics without a token. Only where the public URL is this machine."
        ),
        .text(
            "ALDRAVA_METRICS_TOKEN", \.metricsToken, allowed: "32 to 256 letters, digits and -._~+/=",
            standard: "none", isSecret: true, "Whoever sends this bearer token may read /metrics from anywhere.",
            MetricsTokenText.check),
    ]

    /// The table as text, for `--help`.
    public static var help: String {
        let width = settings.map(\.name.utf8.count).max() ?? 0
        return settings.map { setting in
            let pad = String(repeating: " ", count: width - setting.name.utf8.count)
            let indent = String(repeating: " ", count: width + 4)
            return """
                  \(setting.name)\(pad)  \(setting.summary)
                \(indent)\(setting.allowed). Default: \(setting.standard).\(file(setting))
                """
        }.joined(separator: "\n")
    }

    private static func file(_ setting: Setting) -> String {
        setting.fileName.map { " Or \($0): a file of mode 600 that holds it." } ?? ""
    }

    /// The table as Markdown; `docs/CONFIGURATION.md` must contain exactly this.
    public static var markdown: String {
        var lines = ["| Name | What it decides | Allowed | Default |", "| --- | --- | --- | --- |"]
        for setting in settings {
            let name = setting.fileName.map { "`\(setting.name)`, `\($0)`" } ?? "`\(setting.name)`"
            lines.append("| \(name) | \(setting.summary) | \(setting.allowed) | \(setting.standard) |")
        }
        return lines.joined(separator: "\n")
    }
}
