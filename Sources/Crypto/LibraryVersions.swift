internal import COpenSSL
internal import CSodium

/// Which versions of the libraries beneath this process runs with, which may be others than it was built with.
public enum LibraryVersions {
    /// Such as `3.0.17`.
    public static var openSSL: String {
        unsafe OpenSSL_version(OPENSSL_VERSION_STRING).map { unsafe String(cString: $0) } ?? "unknown"
    }

    /// Such as `1.0.18`.
    public static var sodium: String {
        unsafe sodium_version_string().map { unsafe String(cString: $0) } ?? "unknown"
    }
}
