import COpenSSL
import Glibc

/// TLS over a blocking ``Client``. Owns OpenSSL's objects.
@safe final class TLSClient {
    let client: Client
    private let context: OpaquePointer?
    private let ssl: OpaquePointer?

    init(port: UInt16, name: String? = nil) {
        client = Client(port: port)
        unsafe context = SSL_CTX_new(TLS_client_method())
        unsafe ssl = SSL_new(context)
        unsafe SSL_set_fd(ssl, client.socket)
        if let name {
            var name = Array(name.utf8CString)
            _ = unsafe name.withUnsafeMutableBytes {
                unsafe SSL_ctrl(ssl, SSL_CTRL_SET_TLSEXT_HOSTNAME, 0, $0.baseAddress)
            }
        }
    }

    deinit {
        unsafe SSL_free(ssl)
        unsafe SSL_CTX_free(context)
    }

    func shakeHands() -> Bool {
        ERR_clear_error()
        return unsafe SSL_connect(ssl) == 1
    }

    func send(_ text: String) {
        let bytes = Array(text.utf8)
        ERR_clear_error()
        unsafe SSL_write(ssl, bytes, Int32(bytes.count))
    }

    /// `nil` after an orderly end; an empty text for any other.
    func read() -> String? {
        var buffer = [UInt8](repeating: 0, count: 16_384)
        ERR_clear_error()
        let count = unsafe SSL_read(ssl, &buffer, Int32(buffer.count))
        if count > 0 { return String(decoding: buffer[..<Int(count)], as: UTF8.self) }
        return unsafe SSL_get_error(ssl, count) == SSL_ERROR_ZERO_RETURN ? nil : ""
    }

    func read(until text: String) -> String {
        var all = ""
        while let more = read(), !more.isEmpty {
            all += more
            if all.hasSuffix(text) { break }
        }
        return all
    }

    func end() { unsafe SSL_shutdown(ssl) }

    /// The common name of the server's certificate.
    var subject: String {
        let certificate = unsafe SSL_get1_peer_certificate(ssl)
        defer { unsafe X509_free(certificate) }
        var text = [CChar](repeating: 0, count: 64)
        _ = unsafe X509_NAME_get_text_by_NID(
            X509_get_subject_name(certificate), NID_commonName, &text, Int32(text.count))
        return String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}
