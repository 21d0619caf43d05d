internal import Config
internal import Domain
internal import HTTPServer

/// What a certificate's dates mean to clients now.
enum CertificateValidity {
    case expired, notYetValid, expiresSoon, valid

    /// Two weeks: an automatic renewal that has not happened by then has failed.
    static let soon: Int64 = 14 * 86_400

    init(_ certificate: TLSCertificates.Summary, at now: Timestamp) {
        let seconds = now.milliseconds / 1_000
        self =
            seconds > certificate.notAfter
            ? .expired
            : seconds < certificate.notBefore
                ? .notYetValid : certificate.notAfter - seconds < Self.soon ? .expiresSoon : .valid
    }
}

extension TLSCertificates.Summary {
    var begins: String { Timestamp(milliseconds: notBefore * 1_000).iso8601 }
    var ends: String { Timestamp(milliseconds: notAfter * 1_000).iso8601 }
}

/// Whether clients can trust the certificates; nothing is found where TLS is not spoken.
enum CertificateChecks {
    static func all(_ config: Config, at now: Timestamp) -> [Finding] {
        do {
            return try Server.openCertificates(config)?.certificates.map { validity(of: $0, at: now) } ?? []
        } catch {
            return [
                .wrong(
                    "certificates", error.description, why: "The server cannot start with them.",
                    mend: "Correct ALDRAVA_TLS_CERTIFICATES, or the files that it names.")
            ]
        }
    }

    static func validity(of certificate: TLSCertificates.Summary, at now: Timestamp) -> Finding {
        let renew = "Renew it, then: systemctl reload aldrava, or SIGHUP."
        switch CertificateValidity(certificate, at: now) {
        case .expired:
            return .wrong(
                "certificates", "\(certificate.path) expired at \(certificate.ends).",
                why: "Clients refuse to connect.", mend: renew)
        case .notYetValid:
            return .wrong(
                "certificates", "\(certificate.path) is valid from \(certificate.begins) on.",
                why: "Clients refuse to connect until then.", mend: "Check this machine's clock, or use the one before."
            )
        case .expiresSoon:
            return .warning(
                "certificates", "\(certificate.path) expires at \(certificate.ends).",
                why: "A renewal by itself would have happened by now.", mend: renew)
        case .valid: return .fine("certificates", "\(certificate.path) is good until \(certificate.ends).")
        }
    }
}
