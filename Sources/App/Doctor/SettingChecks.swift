internal import Config
internal import Domain
internal import HTTP

/// What settings that are allowed may still do wrong.
enum SettingChecks {
    static func all(_ config: Config) -> [Finding] {
        [
            passwordCost(config), listening(config), corsOrigins(config), accessLifetime(config),
            sessionLifetime(config), refreshGrace(config), trustedProxies(config), limits(config),
            publicURL(config), MailChecks.settings(config),
        ]
    }

    /// OWASP's Password Storage Cheat Sheet lists pairs of memory and passes that it holds for equally strong.
    static func passwordCost(_ config: Config) -> Finding {
        let minimum = [(47_104, 1), (19_456, 2), (12_288, 3), (9_216, 4), (7_168, 5)]
        let cost = "\(config.argon2MemoryKiB) KiB and \(config.argon2Passes) passes"
        guard minimum.contains(where: { config.argon2MemoryKiB >= $0.0 && config.argon2Passes >= $0.1 }) else {
            return .wrong(
                "password_cost", "A password hash costs \(cost), less than OWASP's least for Argon2id.",
                why: "Whoever gets a copy of the database tries passwords so much faster.",
                mend:
                    "Remove ALDRAVA_ARGON2_MEMORY_KIB and ALDRAVA_ARGON2_PASSES for the defaults, 19456 and 2; older hashes are renewed at the next sign-in."
            )
        }
        return .fine("password_cost", "A password hash costs \(cost).")
    }

    static func listening(_ config: Config) -> Finding {
        for address in config.plainAddresses where !address.isLocal {
            return .warning(
                "listening", "The server listens on \(address) without TLS.",
                why: "Passwords and tokens cross that network readable by everybody on it.",
                mend:
                    "Let it listen on 127.0.0.1 or a Unix socket behind a proxy that speaks TLS, or give it certificates; on a network of its own behind such a proxy, this may stay."
            )
        }
        return .fine("listening", "Nothing is served without TLS but on this machine.")
    }

    static func corsOrigins(_ config: Config) -> Finding {
        let plain = config.corsOrigins.map(\.description).filter {
            $0.hasPrefix("http://") && !isLoopback($0)
        }
        guard plain.isEmpty else {
            return .warning(
                "cors_origins", "ALDRAVA_CORS_ORIGINS lists \(plain.joined(separator: ", ")).",
                why:
                    "Whoever sits on the way to such a page can change it, and it may call the API with the user's tokens.",
                mend: "Serve those pages by https and list them so.")
        }
        return .fine("cors_origins", "Only pages that came by https, or from this machine, may call the API.")
    }

    static func accessLifetime(_ config: Config) -> Finding {
        let seconds = config.accessLifetime.components.seconds
        guard seconds <= 3_600 else {
            return .warning(
                "access_lifetime", "Access tokens are good for \(Moment.span(seconds: seconds)).",
                why: "Services that check tokens by themselves believe a stolen or revoked one until it expires.",
                mend: "Set ALDRAVA_ACCESS_LIFETIME to an hour or less; the default is 900.")
        }
        return .fine("access_lifetime", "Access tokens are good for \(Moment.span(seconds: seconds)).")
    }

    static func sessionLifetime(_ config: Config) -> Finding {
        let idle = config.sessionIdle.components.seconds
        let end = config.sessionAbsolute.components.seconds
        let sentence =
            "Sessions end after \(Moment.span(seconds: idle)) without use, and after \(Moment.span(seconds: end)) in any case."
        guard idle <= 30 * 86_400, end <= 90 * 86_400 else {
            return .warning(
                "session_lifetime", sentence,
                why: "A device that was lost or sold stays signed in for that long.",
                mend: "Set ALDRAVA_SESSION_IDLE to 30 days and ALDRAVA_SESSION_ABSOLUTE to 90 days or less.")
        }
        return .fine("session_lifetime", sentence)
    }

    static func refreshGrace(_ config: Config) -> Finding {
        let seconds = config.refreshGrace.components.seconds
        guard seconds <= 30 else {
            return .warning(
                "refresh_grace", "A spent refresh token is answered for \(seconds) seconds more.",
                why: "For that long a copied token works unnoticed beside the real one.",
                mend: "Set ALDRAVA_REFRESH_GRACE to 30 or less; the default is 10.")
        }
        return .fine("refresh_grace", "A spent refresh token is answered for \(seconds) seconds more.")
    }

    static func trustedProxies(_ config: Config) -> Finding {
        let everybody = ["0.0.0.1", "198.51.100.1", "2001:db8::1"].compactMap { IPAddress($0) }
        let wide = config.trustedProxies.filter { block in everybody.contains { block.contains($0) } }
        guard wide.isEmpty else {
            return .wrong(
                "trusted_proxies",
                "ALDRAVA_TRUSTED_PROXIES believes addresses of the whole internet: \(wide.map(\.description).joined(separator: ", ")).",
                why: "Anybody may then claim any address, and so pass every throttle and falsify the audit.",
                mend: "List the proxies' own addresses only.")
        }
        return .fine(
            "trusted_proxies",
            config.trustedProxies.isEmpty
                ? "No proxy is believed."
                : "\(config.trustedProxies.count) addresses or networks are believed as proxies.")
    }

    static func limits(_ config: Config) -> Finding {
        var low: [String] = []
        if config.maxConnections < 256 { low.append("ALDRAVA_MAX_CONNECTIONS is \(config.maxConnections)") }
        if config.maxConnectionsPerAddress < 8 {
            low.append("ALDRAVA_MAX_CONNECTIONS_PER_ADDRESS is \(config.maxConnectionsPerAddress)")
        }
        if config.hashQueue < 32 { low.append("ALDRAVA_HASH_QUEUE is \(config.hashQueue)") }
        guard low.isEmpty else {
            return .warning(
                "limits", "\(low.joined(separator: ", ")).",
                why: "A few clients at the same time are enough for others to be turned away.",
                mend: "Remove these settings for the defaults, unless the machine is that small.")
        }
        return .fine("limits", "The limits leave room for a busy hour.")
    }

    /// A scheme of http is allowed on a loopback host only, where it is for trying things out.
    static func publicURL(_ config: Config) -> Finding {
        guard config.publicURL.hasPrefix("https://") else {
            return .warning(
                "public_url", "The public URL is \(config.publicURL), which only this machine can use.",
                why: "It is the issuer in every token, so changing it later makes every token and link invalid.",
                mend:
                    "Set ALDRAVA_PUBLIC_URL to the https:// URL that clients will use, before the first of them comes.")
        }
        return .fine("public_url", "Clients reach the server, and know it as an issuer, as \(config.publicURL).")
    }

    private static func isLoopback(_ origin: String) -> Bool {
        let host = origin.dropFirst("http://".count)
        return host.hasPrefix("localhost") || host.hasPrefix("127.") || host.hasPrefix("[::1]")
    }
}

extension Config {
    /// Where the server speaks without TLS.
    var plainAddresses: [ListenText] { listenPoints.filter { !$0.isTLS }.map(\.address) }
}

extension ListenText {
    /// Whether only this machine can connect.
    var isLocal: Bool {
        switch self {
        case .unix: true
        case .tcp(let host, _): host == "localhost" || host == "::1" || host.hasPrefix("127.")
        }
    }
}
