import Config
import Domain
import Testing

@Suite("Settings") struct SettingsTests {
    /// One setting, its value by default, another text, and what that text becomes.
    struct Row: CustomTestStringConvertible, Sendable {
        let name: String
        let read: @Sendable (Config) -> String
        let standard: String
        let text: String
        let result: String
        let refused: [String]
        var testDescription: String { name }

        init(
            _ name: String, _ read: @escaping @Sendable (Config) -> String, standard: String, text: String,
            result: String? = nil, refused: [String]
        ) {
            self.name = name
            self.read = read
            self.standard = standard
            self.text = text
            self.result = result ?? text
            self.refused = refused
        }

        /// Whole numbers and seconds, with the first refused values at either end.
        static func number(
            _ name: String, _ read: @escaping @Sendable (Config) -> Int64, _ standard: String,
            _ lowest: Int, _ highest: Int
        ) -> Row {
            Row(
                name, { "\(read($0))" }, standard: standard, text: "\(highest)",
                refused: [
                    "\(lowest - 1)", "\(highest + 1)", "", " 5", "+5", "0x10", "1e3", "٣", "99999999999999999999",
                ])
        }
    }

    static let hexKey = String(repeating: "ab", count: 32)

    static let rows: [Row] = [
        Row(
            "ALDRAVA_LISTEN", { "\($0.listen?.description ?? "off")" }, standard: "127.0.0.1:8005", text: "[::1]:80",
            refused: [
                "", "8005", ":8005", "id.example.com:80", "host:", "host:65536", "host:+1", "::1:80", "[::1]", "[zz]:1",
                "unix:", "unix:x",
                "a b:1",
            ]),
        Row(
            "ALDRAVA_TLS_LISTEN", { "\($0.tlsListen?.description ?? "none")" }, standard: "none", text: "[::1]:8443",
            refused: ["", "8443", ":8443", "off", "id.example.com:443", "unix:/run/aldrava.sock"]),
        Row(
            "ALDRAVA_TLS_CERTIFICATES", { "\($0.tlsCertificates.map(\.description))" }, standard: "[]",
            text: "/etc/a.pem:/etc/a.key, both.pem", result: "[\"/etc/a.pem:/etc/a.key\", \"both.pem:both.pem\"]",
            refused: ["a.pem:", ":a.key", "a:b:c", "a.pem:a.key,", ",", "a\u{0}b:c"]),
        .number("ALDRAVA_HSTS_MAX_AGE", { $0.transportSecurity.components.seconds }, "31536000", 0, 63_072_000),
        Row(
            "ALDRAVA_PUBLIC_URL", { $0.publicURL }, standard: "http://127.0.0.1:8005", text: "https://id.example.com",
            refused: [
                "", "id.example.com", "http://id.example.com", "http://10.0.0.1", "http://127.0.0.1.evil.example",
                "https://id.example.com/", "https://id.example.com/x", "https://id.example.com?x",
                "https://u@id.example.com",
                "https://id.example.com:443", "https://id.example.com:0",
                "ftp://id.example.com",
            ]),
        Row(
            "ALDRAVA_HOSTS", { $0.hosts.joined(separator: " ") }, standard: "", text: "Auth.internal, 10.0.0.5:8005",
            result: "auth.internal 10.0.0.5:8005", refused: ["https://a", "a b", "a:", "a/b", "a,", "*.example.com"]),
        Row(
            "ALDRAVA_INSECURE_COOKIES", { $0.insecureCookies ? "yes" : "no" }, standard: "no", text: "yes",
            refused: ["", "true", "1", "Yes"]),
        Row(
            "ALDRAVA_DATA", { $0.data }, standard: "./aldrava-data", text: "/var/lib/aldrava/",
            result: "/var/lib/aldrava", refused: ["", "a\u{0}b", "a\nb"]),
        Row(
            "ALDRAVA_DATABASE", { $0.databaseURL.map { String(decoding: $0.exposed, as: UTF8.self) } ?? "nil" },
            standard: "nil",
            text: "postgres://a:b@db/aldrava", refused: ["", "mysql://db", "aldrava.db", "postgres://a b"]),
        .number("ALDRAVA_DATABASE_CONNECTIONS", { Int64($0.databaseConnections) }, "8", 1, 1_000),
        Row(
            "ALDRAVA_MASTER_KEY", { $0.masterKey.map { "\($0.exposed)" } ?? "nil" }, standard: "nil", text: hexKey,
            result: "\([UInt8](repeating: 0xAB, count: 32))",
            refused: ["", "secret", String(hexKey.dropLast()), hexKey + "ab", String(repeating: "zz", count: 32)]),
        Row(
            "ALDRAVA_NODE", { $0.node }, standard: "host-1", text: "node_2.example",
            refused: ["", "a b", "ä", String(repeating: "a", count: 65)]),
        .number("ALDRAVA_ACCESS_LIFETIME", { $0.accessLifetime.components.seconds }, "900", 60, 86_400),
        .number(
            "ALDRAVA_SESSION_IDLE", { min($0.sessionIdle, .seconds(31_536_000)).components.seconds }, "604800", 60,
            31_536_000),
        .number("ALDRAVA_SESSION_ABSOLUTE", { $0.sessionAbsolute.components.seconds }, "2592000", 60, 157_680_000),
        .number("ALDRAVA_REFRESH_GRACE", { $0.refreshGrace.components.seconds }, "10", 0, 60),
        Row(
            "ALDRAVA_SIGNING_ALGORITHM", { $0.signingAlgorithm.rawValue }, standard: "ES256", text: "EdDSA",
            refused: ["", "es256", "ES384", "none", "PS256", "ES256 "]),
        Row(
            "ALDRAVA_KEY_ROTATION", { "\($0.keyRotation.components.seconds)" }, standard: "7776000", text: "30d",
            result: "2592000",
            refused: ["", "0d", "599", "315360001", "3651d", "-1", "+600", "90 d", "90D", "1e3", "d", "99999999999d"]),
        .number("ALDRAVA_ARGON2_MEMORY_KIB", { Int64($0.argon2MemoryKiB) }, "19456", 8_192, 1_048_576),
        .number("ALDRAVA_ARGON2_PASSES", { Int64($0.argon2Passes) }, "2", 1, 16),
        .number("ALDRAVA_HASH_THREADS", { Int64($0.hashThreads) }, "2", 1, 256),
        .number("ALDRAVA_HASH_QUEUE", { Int64($0.hashQueue) }, "256", 8, 65_536),
        .number("ALDRAVA_EVENTS_PER_SECOND", { Int64($0.eventsPerSecond) }, "100", 1, 100_000),
        .number("ALDRAVA_STREAMS", { Int64($0.streams) }, "1024", 1, 1_000_000),
        .number("ALDRAVA_STREAMS_PER_USER", { Int64($0.streamsPerUser) }, "16", 1, 1_000_000),
        Row(
            "ALDRAVA_TRUSTED_PROXIES", { "\($0.trustedProxies.count)" }, standard: "0",
            text: "10.0.0.0/8, fd00::/8,192.0.2.1",
            result: "3", refused: ["10.0.0.0/33", "proxy.example", "10.0.0.0/8,", "10.0.0.0/8;192.0.2.1"]),
        Row(
            "ALDRAVA_PROXY_PROTOCOL", { "\($0.proxyProtocol)" }, standard: "[]", text: "10.0.0.0/8,::1",
            result: "[10.0.0.0/8, ::1/128]", refused: ["10.0.0.0/33", "proxy.example", "10.0.0.0/8,"]),
        Row(
            "ALDRAVA_CORS_ORIGINS", { $0.corsOrigins.map { "\($0)" }.joined(separator: " ") }, standard: "",
            text: "https://app.example.com, http://localhost:5173",
            result: "https://app.example.com http://localhost:5173",
            refused: [
                "*", "null", "https://app.example.com/", "https://*.example.com",
                "https://a:443",
            ]),
        .number("ALDRAVA_MAX_BODY", { Int64($0.maxBody) }, "65536", 1_024, 16_777_216),
        .number("ALDRAVA_MAX_CONNECTIONS", { Int64($0.maxConnections) }, "8192", 1, 1_000_000),
        .number("ALDRAVA_MAX_CONNECTIONS_PER_ADDRESS", { Int64($0.maxConnectionsPerAddress) }, "256", 1, 1_000_000),
        .number("ALDRAVA_HEADER_TIMEOUT", { $0.headerTimeout.components.seconds }, "10", 1, 600),
        .number("ALDRAVA_BODY_TIMEOUT", { $0.bodyTimeout.components.seconds }, "30", 1, 600),
        .number("ALDRAVA_IDLE_TIMEOUT", { $0.idleTimeout.components.seconds }, "75", 1, 3_600),
        .number("ALDRAVA_SHUTDOWN_GRACE", { $0.shutdownGrace.components.seconds }, "20", 1, 3_600),
        .number("ALDRAVA_LOOPS", { Int64($0.loops) }, "4", 1, 256),
        Row(
            "ALDRAVA_SERVICE_KEY", { "\($0.serviceKey?.exposed.count ?? 0)" }, standard: "0", text: serviceKey,
            result: "32",
            refused: [
                "", String(serviceKey.dropLast()), String(repeating: "x", count: 257), serviceKey + " ",
                serviceKey + "é", serviceKey + "\t", serviceKey + "\u{7F}",
            ]),
        Row(
            "ALDRAVA_SERVICE_KEY_PREVIOUS", { "\($0.serviceKeyPrevious?.exposed.count ?? 0)" }, standard: "0",
            text: String(repeating: "x", count: 256), result: "256",
            refused: ["", String(serviceKey.dropLast()), String(repeating: "x", count: 257), serviceKey + " "]),
        Row(
            "ALDRAVA_SERVICE_KEY_PERMISSIONS", { "\($0.serviceKeyPermissions)" }, standard: "[]",
            text: "messages:read, audit:write", result: "[messages:read, audit:write]",
            refused: ["messages", "a:b:c", "a:", ":b", "a:b,", "a b:c", "a:b;c:d"]),
        Row(
            "ALDRAVA_SERVICE_KEY_NETWORKS", { "\($0.serviceKeyNetworks)" }, standard: "[]", text: "10.0.0.0/8,::1",
            result: "[10.0.0.0/8, ::1/128]", refused: ["10.0.0.0/33", "host.example", "10.0.0.1/8", "10.0.0.0/8,"]),
        Row(
            "ALDRAVA_SERVICE_KEY_EXPIRES", { $0.serviceKeyExpires?.iso8601 ?? "never" }, standard: "never",
            text: "2027-01-31", result: "2027-01-31T00:00:00.000Z",
            refused: ["", "2027-02-30", "2027-1-31", "31.01.2027", "2027-01-31T18:30:00", "2027-01-31T18:30:00+01:00"]),
        Row(
            "ALDRAVA_SMTP_URL", { $0.smtp?.description ?? "none" }, standard: "none", text: "smtp://mail.example.com",
            result: "smtp://mail.example.com:587",
            refused: [
                "", "mail.example.com", "smtp://", "http://mail.example.com", "smtp://u:p@mail.example.com",
                "smtp://mail.example.com/", "smtp://mail.example.com:0", "smtp://mail.example.com:65536", "smtps:// x",
            ]),
        Row(
            "ALDRAVA_SMTP_TLS", { $0.smtpEncryption.rawValue }, standard: "required", text: "insecure",
            refused: ["", "no", "Required"]),
        Row(
            "ALDRAVA_SMTP_USER", { $0.smtpUser }, standard: "", text: "aldrava",
            refused: ["", "a\nb", String(repeating: "a", count: 257)]),
        Row(
            "ALDRAVA_SMTP_PASSWORD", { $0.smtpPassword.map { String(decoding: $0.exposed, as: UTF8.self) } ?? "nil" },
            standard: "nil", text: "a password of ours", refused: ["", "a\r\nb", String(repeating: "a", count: 1_025)]),
        Row(
            "ALDRAVA_SMTP_CA_FILE", { $0.smtpCAFile ?? "none" }, standard: "none", text: "/etc/mail-ca.pem",
            refused: ["", "a\u{0}b"]),
        .number("ALDRAVA_SMTP_TIMEOUT", { $0.smtpTimeout.components.seconds }, "60", 5, 120),
        Row(
            "ALDRAVA_MAIL_FROM", { $0.mailFrom ?? "none" }, standard: "none", text: "Aldrava <no-reply@example.com>",
            refused: ["", "Aldrava", "a@b\r\nBcc: c@d", String(repeating: "a", count: 320) + "@b"]),
        Row(
            "ALDRAVA_BREACHED_PASSWORDS", { $0.breachedPasswords?.description ?? "none" }, standard: "none",
            text: "/var/lib/breached", refused: ["", "a\u{0}b", "a\nb"]),
        Row(
            "ALDRAVA_BREACHED_PASSWORDS_CA_FILE", { $0.breachedPasswordsCAFile ?? "none" }, standard: "none",
            text: "/etc/ranges-ca.pem", refused: ["", "a\u{0}b"]),
        Row(
            "ALDRAVA_DISPOSABLE_DOMAINS", { $0.disposableDomains ?? "none" }, standard: "none",
            text: "/etc/aldrava/disposable.txt", refused: ["", "a\u{0}b", "a\nb"]),
        Row(
            "ALDRAVA_LOG_LEVEL", { $0.logLevel.rawValue }, standard: "info", text: "debug",
            refused: ["", "INFO", "trace", "warn", "info "]),
        Row(
            "ALDRAVA_ACCESS_LOG", { $0.accessLog.rawValue }, standard: "file", text: "off",
            refused: ["", "on", "yes", "/var/log/access.jsonl", "stderr"]),
        Row(
            "ALDRAVA_ACCESS_LOG_CHECKS", { $0.accessLogsChecks ? "yes" : "no" }, standard: "no", text: "yes",
            refused: ["", "true", "1", "YES"]),
        .number("ALDRAVA_LOG_MAX_MIB", { Int64($0.logMaxMiB) }, "100", 0, 65_536),
        .number("ALDRAVA_LOG_RETENTION_DAYS", { Int64($0.logRetentionDays) }, "30", 1, 3_650),
        Row(
            "ALDRAVA_METRICS", { $0.metrics.rawValue }, standard: "local", text: "off",
            refused: ["", "on", "public", "token", "Local"]),
        Row(
            "ALDRAVA_METRICS_TOKEN", { "\($0.metricsToken?.exposed.count ?? 0)" }, standard: "0", text: metricsToken,
            result: "32",
            refused: [
                "", String(metricsToken.dropLast()), String(repeating: "x", count: 257), metricsToken + " ",
                metricsToken + "é", metricsToken + "\"",
            ]),
    ]

    static let metricsToken = "abcdefghijklmnop-._~+/=0123456789".dropLast().description

    /// What one setting needs beside it to be consistent.
    static func companions(of name: String) -> [String: String] {
        switch name {
        case "ALDRAVA_SESSION_IDLE": ["ALDRAVA_SESSION_ABSOLUTE": "157680000"]
        case "ALDRAVA_TLS_LISTEN": ["ALDRAVA_TLS_CERTIFICATES": "a.pem:a.key"]
        case "ALDRAVA_TLS_CERTIFICATES": ["ALDRAVA_TLS_LISTEN": "127.0.0.1:8443"]
        case let name where name.hasPrefix("ALDRAVA_SERVICE_KEY_"): ["ALDRAVA_SERVICE_KEY": serviceKey]
        default: [:]
        }
    }

    static let serviceKey = "a-key!of#printable~characters,32"

    @Test func `what belongs to the service key means nothing without it`() {
        let found = problems([
            "ALDRAVA_SERVICE_KEY_PREVIOUS": Self.serviceKey, "ALDRAVA_SERVICE_KEY_NETWORKS": "10.0.0.0/8",
        ])
        #expect(found.map(\.name) == ["ALDRAVA_SERVICE_KEY_PREVIOUS", "ALDRAVA_SERVICE_KEY_NETWORKS"])
        #expect(!found.description.contains(Self.serviceKey))
    }

    @Test func `every setting has a row`() {
        #expect(Config.settings.map(\.name) == Self.rows.map(\.name))
    }

    @Test(arguments: rows) func `a setting has its default and takes another value`(_ row: Row) throws {
        #expect(row.read(try Config(environment: [:], machine: machine())) == row.standard)
        var environment = Self.companions(of: row.name)
        environment[row.name] = row.text
        #expect(row.read(try Config(environment: environment, machine: machine())) == row.result)
    }

    @Test(arguments: rows) func `a value that is not allowed is one problem, without an echo`(_ row: Row) {
        for value in row.refused {
            var environment = Self.companions(of: row.name)
            environment[row.name] = value
            let found = problems(environment)
            #expect(found.map(\.name) == [row.name], "\(value)")
            #expect(found.allSatisfy { !$0.allowed.isEmpty })
            if value.utf8.count > 3 { #expect(!found.description.contains("\"\(value)\"")) }
        }
    }

    @Test func `the lowest allowed numbers are accepted`() throws {
        let config = try Config(
            environment: [
                "ALDRAVA_REFRESH_GRACE": "0", "ALDRAVA_ACCESS_LIFETIME": "60", "ALDRAVA_MAX_BODY": "1024",
                "ALDRAVA_SESSION_IDLE": "60", "ALDRAVA_SESSION_ABSOLUTE": "60", "ALDRAVA_LOOPS": "1",
            ], machine: machine())
        #expect(config.refreshGrace == .zero)
        #expect(config.maxBody == 1_024)
        #expect(config.sessionAbsolute == .seconds(60))
    }

    @Test func `a token for metrics that are off is a contradiction`() {
        let found = problems(["ALDRAVA_METRICS": "off", "ALDRAVA_METRICS_TOKEN": Self.metricsToken])
        #expect(found.map(\.name) == ["ALDRAVA_METRICS_TOKEN"])
    }

    @Test(
        arguments: [
            ("http://127.0.0.1:8005", true), ("http://localhost:8005", true), ("https://[::1]:8443", true),
            ("https://id.example.com", false), ("https://127.0.0.1.example.com", false), ("https://10.0.0.1", false),
        ] as [(String, Bool)]) func `a public URL is this machine's own or somebody stands in between`(
            _ url: String, _ isHere: Bool
        ) throws
    {
        let config = try Config(environment: ["ALDRAVA_PUBLIC_URL": url], machine: machine())
        #expect(config.isPublicHere == isHere)
    }

    @Test func `a Unix socket and any free port need a public URL`() throws {
        for listen in ["unix:/run/aldrava.sock", "127.0.0.1:0", "0.0.0.0:8005", "[::]:8005"] {
            #expect(problems(["ALDRAVA_LISTEN": listen]).map(\.name) == ["ALDRAVA_PUBLIC_URL"], "\(listen)")
            let config = try Config(
                environment: ["ALDRAVA_LISTEN": listen, "ALDRAVA_PUBLIC_URL": "https://id.example.com"],
                machine: machine())
            #expect(config.listen?.description == listen)
        }
    }

    @Test(
        arguments: [
            ("127.0.0.1:80", "http://127.0.0.1"), ("localhost:8005", "http://localhost:8005"),
            ("[::1]:8005", "http://[::1]:8005"), ("127.9.9.9:443", "http://127.9.9.9:443"),
        ]) func `a loopback address is its own public URL`(_ listen: String, _ url: String) throws
    {
        #expect(try Config(environment: ["ALDRAVA_LISTEN": listen], machine: machine()).publicURL == url)
    }

    @Test func `an address for TLS and certificates need each other`() {
        #expect(problems(["ALDRAVA_TLS_LISTEN": "127.0.0.1:8443"]).map(\.name) == ["ALDRAVA_TLS_CERTIFICATES"])
        #expect(problems(["ALDRAVA_TLS_CERTIFICATES": "a.pem:a.key"]).map(\.name) == ["ALDRAVA_TLS_LISTEN"])
    }

    @Test func `the address without TLS can be off only where there is one with it`() throws {
        let found = problems(["ALDRAVA_LISTEN": "off", "ALDRAVA_PUBLIC_URL": "https://id.example.com"])
        #expect(found.map(\.name) == ["ALDRAVA_LISTEN"])
        let config = try Config(
            environment: [
                "ALDRAVA_LISTEN": "off", "ALDRAVA_TLS_LISTEN": "127.0.0.1:8443",
                "ALDRAVA_TLS_CERTIFICATES": "a.pem:a.key",
            ], machine: machine())
        #expect(config.listen == nil)
        #expect(config.listenPoints == [ListenPoint(address: .tcp(host: "127.0.0.1", port: 8443), isTLS: true)])
    }

    @Test(
        arguments: [
            ("127.0.0.1:443", "https://127.0.0.1"), ("localhost:8443", "https://localhost:8443"),
            ("[::1]:80", "https://[::1]:80"),
        ]) func `where TLS is spoken, its address is the public one`(_ listen: String, _ url: String) throws
    {
        let environment = ["ALDRAVA_TLS_LISTEN": listen, "ALDRAVA_TLS_CERTIFICATES": "a.pem:a.key"]
        #expect(try Config(environment: environment, machine: machine()).publicURL == url)
    }

    @Test func `an address for TLS that others can reach needs a public URL`() {
        let environment = ["ALDRAVA_TLS_LISTEN": "0.0.0.0:443", "ALDRAVA_TLS_CERTIFICATES": "a.pem:a.key"]
        #expect(problems(environment).map(\.name) == ["ALDRAVA_PUBLIC_URL"])
    }

    @Test func `a session's idle end cannot come after its absolute end`() {
        let found = problems(["ALDRAVA_SESSION_IDLE": "7200", "ALDRAVA_SESSION_ABSOLUTE": "3600"])
        #expect(found.map(\.name) == ["ALDRAVA_SESSION_IDLE"])
    }

    @Test func `mail goes without TLS only where that was said for the place it goes to`() throws {
        func names(_ url: String, _ tls: String) -> [String] {
            problems(["ALDRAVA_SMTP_URL": url, "ALDRAVA_SMTP_TLS": tls]).map(\.name)
        }
        #expect(names("smtp://127.0.0.1:25", "off") == [] && names("smtp://[::1]:25", "off") == [])
        #expect(names("smtp://localhost", "off") == [] && names("smtp://10.0.0.1", "insecure") == [])
        #expect(names("smtp://10.0.0.1:25", "off") == ["ALDRAVA_SMTP_TLS"])
        #expect(names("smtp://127.0.0.1.example.com", "off") == ["ALDRAVA_SMTP_TLS"])
        #expect(names("smtps://127.0.0.1", "off") == ["ALDRAVA_SMTP_TLS"])
        #expect(names("smtps://mail.example.com", "required") == [])
    }

    @Test func `a name for the mail server and its password need each other`() {
        let url = ["ALDRAVA_SMTP_URL": "smtps://mail.example.com"]
        #expect(problems(url.merging(["ALDRAVA_SMTP_USER": "a"]) { $1 }).map(\.name) == ["ALDRAVA_SMTP_PASSWORD"])
        #expect(problems(url.merging(["ALDRAVA_SMTP_PASSWORD": "a"]) { $1 }).map(\.name) == ["ALDRAVA_SMTP_USER"])
    }

    @Test func `a master key may be base64 in either alphabet, padded or not`() throws {
        for text in ["+/" + String(repeating: "A", count: 41) + "=", "-_" + String(repeating: "A", count: 41)] {
            let key = try Config(environment: ["ALDRAVA_MASTER_KEY": text], machine: machine()).masterKey
            #expect(key?.exposed == [0xFB, 0xF0] + [UInt8](repeating: 0, count: 30))
        }
        #expect(problems(["ALDRAVA_MASTER_KEY": String(repeating: "A", count: 42) + "B"]).count == 1)
    }
}
