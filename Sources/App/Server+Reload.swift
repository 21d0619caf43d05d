internal import Flows

extension Server {
    /// Reads again what may change while the server runs; called on SIGHUP, once at a time, and never during a stop.
    func reload() async {
        premises.systemLog.report(SystemEvent(.info, "reload", "asked to read again what may change"))
        await reopenLogs()
        reloadCertificates()
        premises.defenceFiles.reload()
    }
}
