internal import Concurrency
internal import Config
internal import Domain
internal import Flows
internal import Outbound
internal import Standards

/// The way that this server's mail takes: a mail server, or a folder where there is none.
struct MailRoute: Sendable {
    let sender: any MailSender
    private let pool: ThreadPool
    private let smtp: SMTPSender?

    /// As many as are handed over at once.
    private static let threads = 4

    init(_ config: Config, report: @escaping @Sendable (SystemEvent) -> Void) {
        let pool = ThreadPool(name: "mail", threads: config.smtp == nil ? 1 : Self.threads)
        self.pool = pool
        smtp = config.smtp.map { SMTPSender(Self.settings($0, config), pool: pool) }
        sender = smtp ?? MailFolder(path: config.path(MailFolder.name), pool: pool, report: report)
    }

    /// What stands in the way, or is worth knowing; once at the start.
    static func announce(_ config: Config, _ report: @Sendable (SystemEvent) -> Void) {
        if let problem = config.smtp == nil ? nil : SMTPSender.problem {
            report(SystemEvent(.error, "mail_impossible", problem))
        }
        guard config.smtp == nil else { return }
        report(
            SystemEvent(
                .info, "mail_into_folder",
                "ALDRAVA_SMTP_URL is not set: mail is sent to nobody and lands in \(config.path(MailFolder.name))"))
    }

    /// Says hello to the mail server; `nil` where there is none.
    func greet() async -> MailVerdict? { await smtp?.greet() }

    /// Ends what is under way within about a second.
    func stop() { smtp?.stop() }

    /// Once nobody sends any more.
    func close() { pool.shutDown() }

    private static func settings(_ address: SMTPAddress, _ config: Config) -> SMTPSender.Settings {
        SMTPSender.Settings(
            url: address.description, security: config.smtpEncryption == .required ? .encrypted : .none,
            user: config.smtpUser, password: config.smtpPassword, name: name(config), caFile: config.smtpCAFile,
            connectTimeout: min(.seconds(10), config.smtpTimeout), timeout: config.smtpTimeout)
    }

    /// What this machine says that it is called: the name that it is reached by, or none in particular.
    private static func name(_ config: Config) -> String { Mailbox(server: config.publicHost).domain }

    /// - Throws: ``StartFault`` where the server's own address is none.
    static func check(_ config: Config) throws(StartFault) {
        guard let from = config.mailFrom, Mailbox(from) == nil else { return }
        throw .configuration("ALDRAVA_MAIL_FROM: must be an e-mail address, or name <address>.")
    }
}
