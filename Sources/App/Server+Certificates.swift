internal import Config
internal import Domain
internal import Flows
internal import HTTPServer

extension Server {
    /// Reads the certificates; `nil` where TLS is not spoken.
    static func openCertificates(_ config: Config) throws(StartFault) -> TLSCertificates? {
        guard config.tlsListen != nil else { return nil }
        let files = config.tlsCertificates.map { TLSFiles(certificate: $0.certificate, key: $0.key) }
        do { return try TLSCertificates(files) } catch { throw .configuration(error.description) }
    }

    /// Reads the certificates again, and reports what came of it.
    ///
    /// New connections get the new ones, those under way keep theirs. Where one cannot be used, all stay as they were.
    /// Reads files, so it must not be called on an event loop.
    func reloadCertificates() {
        guard let certificates else { return }
        let report = premises.capabilities.report
        do {
            try certificates.reload()
            report(SystemEvent(.info, "tls_reloaded", "certificates in use: \(certificates.certificates.count)"))
            Self.reportValidity(of: certificates, now: premises.capabilities.now(), report)
        } catch {
            report(SystemEvent(.error, "tls_reload_failed", "\(error.description) The old certificates stay."))
        }
    }

    /// Clients refuse a certificate out of its time; the server does not, because its clock may be the one that is wrong.
    static func reportValidity(of certificates: TLSCertificates, now: Timestamp, _ report: (SystemEvent) -> Void) {
        for certificate in certificates.certificates {
            switch CertificateValidity(certificate, at: now) {
            case .expired:
                report(
                    SystemEvent(
                        .warning, "tls_certificate_expired", "\(certificate.path) expired at \(certificate.ends)"))
            case .notYetValid:
                report(
                    SystemEvent(
                        .warning, "tls_certificate_not_yet_valid",
                        "\(certificate.path) is valid from \(certificate.begins) on"))
            case .expiresSoon:
                report(
                    SystemEvent(
                        .warning, "tls_certificate_expires_soon", "\(certificate.path) expires at \(certificate.ends)"))
            case .valid: break
            }
        }
    }
}
