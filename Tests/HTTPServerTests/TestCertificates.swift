import Glibc
import HTTPServer

/// Two self-signed certificates in a folder of their own, made for these tests and good for a hundred years.
final class TestCertificates: Sendable {
    let folder: String

    /// Both names that are exact, and each a relation to `wild.example`: one has `*.wild.example`, two has
    /// `exact.wild.example`.
    enum Name: String {
        case one
        case two
    }

    init() {
        folder = "/tmp/aldrava-tls-\(getpid())-\(UInt64.random(in: 0...UInt64.max))"
        _ = unsafe mkdir(folder, 0o700)
        write("one.pem", Self.one)
        write("one.key", Self.oneKey)
        write("two.pem", Self.two)
        write("two.key", Self.twoKey)
    }

    deinit {
        for name in ["one.pem", "one.key", "two.pem", "two.key", "used.pem", "used.key", "other"] {
            _ = unsafe unlink(path(name))
        }
        _ = unsafe rmdir(folder)
    }

    func path(_ name: String) -> String { "\(folder)/\(name)" }

    func files(_ name: Name) -> TLSFiles {
        TLSFiles(certificate: path("\(name.rawValue).pem"), key: path("\(name.rawValue).key"))
    }

    func write(_ name: String, _ text: String, mode: mode_t = 0o600) {
        _ = unsafe unlink(path(name))
        let file = unsafe open(path(name), O_CREAT | O_WRONLY | O_TRUNC, mode)
        let bytes = Array(text.utf8)
        _ = unsafe Glibc.write(file, bytes, bytes.count)
        fchmod(file, mode)
        _ = close(file)
    }

    /// What an operator does before SIGHUP: other contents under the same names.
    func use(_ name: Name) {
        write("used.pem", name == .one ? Self.one : Self.two)
        write("used.key", name == .one ? Self.oneKey : Self.twoKey)
    }

    static let one = """
        -----BEGIN CERTIFICATE-----
        MIIBnDCCAUGgAwIBAgIUdevpLbydmePnOKez8x8lU6jsxZkwCgYIKoZIzj0EAwIw
        DjEMMAoGA1UEAwwDb25lMCAXDTI2MTEyMTEyMjA1MloYDzIxMjYxMDI4MTIyMDUy
        WjAOMQwwCgYDVQQDDANvbmUwWTATBgcqhkjOPQIBBggqhkjOPQMBBwNCAAT2MtKz
        DfVQCDecN7TAazdlcVIjHy+2VFejtBTg9/dPcW3c83eKhY+JFCCCofuJVFkIPFcT
        GCKK2lQpZLo+e69+o3sweTAdBgNVHQ4EFgQU7qPZuVD/q9anOy2JfK4mERbcRE0w
        HwYDVR0jBBgwFoAU7qPZuVD/q9anOy2JfK4mERbcRE0wDwYDVR0TAQH/BAUwAwEB
        /zAmBgNVHREEHzAdggtvbmUuZXhhbXBsZYIOKi53aWxkLmV4YW1wbGUwCgYIKoZI
        zj0EAwIDSQAwRgIhAOQ12OBPzabu8umfNYJ4vprIcykEa/kGTqvdnQsKqEONAiEA
        yUgHVIAOQcLeOgxvGyIYXi33y6RQu3clbdtpUfYdILo=
        -----END CERTIFICATE-----

        """
    static let oneKey = """
        -----BEGIN PRIVATE KEY-----
        MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQg1cQiXf5an/raJ4Sl
        GAYm969yjBUbuJkMFkK/+Xc5FLihRANCAAT2MtKzDfVQCDecN7TAazdlcVIjHy+2
        VFejtBTg9/dPcW3c83eKhY+JFCCCofuJVFkIPFcTGCKK2lQpZLo+e69+
        -----END PRIVATE KEY-----

        """
    static let two = """
        -----BEGIN CERTIFICATE-----
        MIIBnzCCAUWgAwIBAgIUXv9bkJZbjVs9Lh/J01tGVuXOhSMwCgYIKoZIzj0EAwIw
        DjEMMAoGA1UEAwwDdHdvMCAXDTI2MTEyMTEyMjA1MloYDzIxMjYxMDI4MTIyMDUy
        WjAOMQwwCgYDVQQDDAN0d28wWTATBgcqhkjOPQIBBggqhkjOPQMBBwNCAASbufn3
        4sk/x3hbHmW2HiJNQOkX3em3wYsV9nQgWm2JSq8f4/QHyFyKoYD79zUWxhGiVR0K
        d4QoCNUlipp9CEBdo38wfTAdBgNVHQ4EFgQUARWatMcC/Cp1e6iHrodXJshWBuow
        HwYDVR0jBBgwFoAUARWatMcC/Cp1e6iHrodXJshWBuowDwYDVR0TAQH/BAUwAwEB
        /zAqBgNVHREEIzAhggt0d28uZXhhbXBsZYISZXhhY3Qud2lsZC5leGFtcGxlMAoG
        CCqGSM49BAMCA0gAMEUCIQDTEth65PXhr5nPTadGmfVYaLv0vCwO/v9FV+d45r9Q
        /QIgYca4qWHWQ7Gilz7cyRv4VCbSvN1RjbRAwwtLzVM9LHA=
        -----END CERTIFICATE-----

        """
    static let twoKey = """
        -----BEGIN PRIVATE KEY-----
        MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgMApJMcJCh9+xtTSv
        zPPIb/fa8G5pnwiRfVIK3hIVv6ShRANCAASbufn34sk/x3hbHmW2HiJNQOkX3em3
        wYsV9nQgWm2JSq8f4/QHyFyKoYD79zUWxhGiVR0Kd4QoCNUlipp9CEBd
        -----END PRIVATE KEY-----

        """
}
