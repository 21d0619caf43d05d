internal import COpenSSL
internal import Glibc

/// One certificate with its chain and its private key, read and found to belong together.
///
/// Owns them; OpenSSL counts its own references, so contexts may outlive it.
@safe final class TLSCertificate: @unchecked Sendable {
    let names: CertificateNames
    /// Seconds since 1970.
    let notBefore: Int64
    let notAfter: Int64
    private let files: TLSFiles
    private let certificate: OpaquePointer
    private let chain: [OpaquePointer]
    private let key: OpaquePointer

    init(_ files: TLSFiles) throws(TLSFault) {
        self.files = files
        let (certificate, chain) = unsafe try Self.readCertificates(files.certificate)
        unsafe self.certificate = certificate
        unsafe self.chain = chain
        do throws(TLSFault) { unsafe key = try Self.readKey(files.key) } catch {
            unsafe X509_free(certificate)
            for index in unsafe chain.indices { unsafe X509_free(chain[index]) }
            throw error
        }
        unsafe names = Self.names(of: certificate)
        unsafe notBefore = Self.seconds(X509_get0_notBefore(certificate))
        unsafe notAfter = Self.seconds(X509_get0_notAfter(certificate))
        guard unsafe X509_check_private_key(certificate, key) == 1 else {
            ERR_clear_error()
            throw .keyOfAnotherCertificate(key: files.key, certificate: files.certificate)
        }
    }

    deinit {
        unsafe X509_free(certificate)
        for index in unsafe chain.indices { unsafe X509_free(chain[index]) }
        unsafe EVP_PKEY_free(key)
    }

    /// A context that answers with this certificate; the caller frees it.
    func makeContext() throws(TLSFault) -> OpaquePointer {
        ERR_clear_error()
        guard let context = unsafe shim_tls_context() else { throw refusal() }
        var isUsed = unsafe SSL_CTX_use_certificate(context, certificate) == 1
        for index in unsafe chain.indices where isUsed {
            unsafe isUsed = shim_tls_add_chain(context, chain[index]) == 1
        }
        guard isUsed, unsafe SSL_CTX_use_PrivateKey(context, key) == 1 else {
            let fault = refusal()
            unsafe SSL_CTX_free(context)
            throw fault
        }
        return unsafe context
    }

    private func refusal() -> TLSFault {
        .refused(path: files.certificate, reason: OpenSSLError.take().words ?? "no reason")
    }

    private static func readCertificates(_ path: String) throws(TLSFault) -> (OpaquePointer, chain: [OpaquePointer]) {
        let bytes = try TLSFile.certificate(path)
        var certificates: [OpaquePointer] = unsafe []
        unsafe bytes.withUnsafeBytes { buffer in
            let source = unsafe shim_bytes(buffer.baseAddress, Int32(clamping: buffer.count))
            defer { unsafe BIO_free(source) }
            while let certificate = unsafe shim_read_certificate(source) { unsafe certificates.append(certificate) }
        }
        ERR_clear_error()
        guard let first = unsafe certificates.first else { throw .noCertificate(path: path) }
        return unsafe (first, Array(certificates.dropFirst()))
    }

    private static func readKey(_ path: String) throws(TLSFault) -> OpaquePointer {
        var bytes = try TLSFile.key(path)
        // Either form says so: the label "ENCRYPTED PRIVATE KEY", and the field "Proc-Type: 4,ENCRYPTED".
        let label = Array("ENCRYPTED".utf8)
        let isEncrypted = bytes.indices.contains { bytes[$0...].starts(with: label) }
        let key = unsafe bytes.withUnsafeMutableBytes { buffer in
            let source = unsafe shim_bytes(buffer.baseAddress, Int32(clamping: buffer.count))
            defer {
                unsafe BIO_free(source)
                unsafe OPENSSL_cleanse(buffer.baseAddress, buffer.count)
            }
            return unsafe shim_read_key(source)
        }
        if let key = unsafe key { return unsafe key }
        ERR_clear_error()
        throw isEncrypted ? .encryptedKey(path: path) : .noKey(path: path)
    }

    private static func names(of certificate: OpaquePointer) -> CertificateNames {
        var texts: [String] = []
        let names = unsafe shim_names(certificate)
        defer { unsafe shim_free_names(names) }
        var index: Int32 = 0
        while unsafe names != nil {
            var start: UnsafePointer<UInt8>?
            let count = unsafe shim_name(names, index, &start)
            if count < 0 { break }
            index += 1
            unsafe texts.append(
                String(decoding: UnsafeBufferPointer(start: start, count: start == nil ? 0 : Int(count)), as: UTF8.self)
            )
        }
        ERR_clear_error()
        return CertificateNames(texts.filter { !$0.isEmpty })
    }

    private static func seconds(_ time: UnsafePointer<ASN1_TIME>?) -> Int64 {
        var parts = unsafe tm()
        guard unsafe ASN1_TIME_to_tm(time, &parts) == 1 else { return 0 }
        return unsafe Int64(timegm(&parts))
    }
}

/// What OpenSSL left in its queue, which is one per thread: looked at after a failure, and emptied.
struct OpenSSLError {
    /// A number of the library that failed; 0 for none.
    let reason: Int32
    let words: String?

    static func take() -> OpenSSLError {
        var text: UnsafePointer<CChar>?
        let reason = unsafe shim_first_error(&text)
        let words = unsafe text.map { unsafe String(cString: $0) }
        ERR_clear_error()
        return OpenSSLError(reason: reason, words: words)
    }
}
