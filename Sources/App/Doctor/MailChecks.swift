internal import Config
internal import Domain
internal import Flows
internal import Outbound
internal import Standards

/// Whether mail can leave.
enum MailChecks {
    /// What the settings alone tell.
    static func settings(_ config: Config) -> Finding {
        guard let smtp = config.smtp else {
            // Realms whose accounts need no letters work without.
            return .unknown(
                "mail", "No mail server is set: letters land as files in \(config.path(MailFolder.name)).",
                mend: "Set ALDRAVA_SMTP_URL and what docs/MAIL.md lists beside it.")
        }
        if let problem = SMTPSender.problem {
            return .wrong(
                "mail", "\(problem).", why: "Mail leaves through libcurl.", mend: "apt-get install libcurl4")
        }
        if config.smtpEncryption == .insecure, !smtp.isLoopback {
            return .warning(
                "mail", "Mail goes to \(smtp) without TLS.",
                why: "Whoever listens in on that network reads links that open accounts, and the password.",
                mend: "Set ALDRAVA_SMTP_TLS to required.")
        }
        guard let from = config.mailFrom else {
            return .warning(
                "mail", "Mail goes to \(smtp), from \(Mailbox(server: config.publicHost).address).",
                why: "Mail servers refuse senders whose domain they do not know, and nobody reads what comes back.",
                mend: "Set ALDRAVA_MAIL_FROM to an address that the mail server accepts.")
        }
        return .fine("mail", "Mail goes to \(smtp), from \(from).")
    }

    /// Whether the mail server answers as it must; `nil` without one. Blocks for seconds where it does not.
    static func greeting(_ verdict: MailVerdict, _ config: Config) -> Finding {
        let code: String
        switch verdict {
        case .sent: return .fine("mail_server", "The mail server answers, and takes the name and the password.")
        // Something answered, over TLS where that is asked for, and let this server in.
        case .refused: return .fine("mail_server", "The mail server answers.")
        case .putOff(let word), .unreachable(let word): code = word
        }
        return .wrong(
            "mail_server", "The mail server cannot be used: \(code).", why: "Letters wait, and are tried for two days.",
            mend: "docs/MAIL.md says what this code means. Try with 'aldrava mail test ADDRESS'.")
    }

    static func dead(_ count: Int64) -> Finding {
        guard count > 0 else { return .fine("mail_dead", "No letter was given up in the last seven days.") }
        return .warning(
            "mail_dead", "\(count == 1 ? "One letter was" : "\(count) letters were") given up.",
            why: "Somebody waits for it in vain.", mend: "aldrava mail list --dead; aldrava mail retry-dead")
    }
}
