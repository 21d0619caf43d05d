internal import Concurrency
internal import Domain
internal import Flows
internal import Glibc

/// Where mail lands while no mail server was named: one file for each letter, as it would have gone over the wire.
///
/// The files hold links that open accounts, so nobody but the server's own user may read them; nobody removes them
/// either.
struct MailFolder: MailSender {
    static let name = "mail"

    let path: String
    let pool: ThreadPool
    let report: @Sendable (SystemEvent) -> Void

    func send(_ mail: OutgoingMail) async -> MailVerdict {
        let (bytes, name) = (mail.bytes, "\(mail.id).eml")
        let verdict = await pool.run { write(bytes, name) }
        if verdict == .sent { report(SystemEvent(.info, "mail_written", "\(mail.kind) in \(Self.name)/\(name)")) }
        return verdict
    }

    /// Under another name first, so that a file that can be seen is whole; a letter that comes again replaces itself.
    private func write(_ bytes: [UInt8], _ name: String) -> MailVerdict {
        let (temporary, final) = ("\(path)/.\(name)", "\(path)/\(name)")
        guard unsafe mkdir(path, 0o700) == 0 || errno == EEXIST else {
            return .unreachable(code: "folder_unwritable")
        }
        do throws(File.Fault) {
            let file = try File(temporary, O_WRONLY | O_CREAT | O_TRUNC)
            try file.setMode(0o600)
            try file.write(bytes)
            try file.synchroniseData()
        } catch { return .unreachable(code: "file_unwritable") }
        guard unsafe rename(temporary, final) == 0 else { return .unreachable(code: "file_unwritable") }
        return .sent
    }
}
