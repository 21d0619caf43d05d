internal import COpenSSL

/// The certificates as they are at one time, ready for connections; those that began with it keep it.
///
/// Owns one context of OpenSSL for each certificate. The first one's keys seal the tickets of all, so that replacing
/// this replaces them: a ticket that somebody recorded is of no use when the keys are gone.
@safe final class TLSContext: @unchecked Sendable {
    private let contexts: [OpaquePointer]
    private let table: CertificateTable

    init(_ certificates: [TLSCertificate]) throws(TLSFault) {
        var contexts: [OpaquePointer] = unsafe []
        do throws(TLSFault) {
            for certificate in certificates { unsafe contexts.append(try certificate.makeContext()) }
        } catch {
            for index in unsafe contexts.indices { unsafe SSL_CTX_free(contexts[index]) }
            throw error
        }
        unsafe self.contexts = contexts
        table = CertificateTable(certificates.map(\.names))
        let own = unsafe Unmanaged.passUnretained(self).toOpaque()
        for index in unsafe contexts.indices { unsafe shim_tls_on_name(contexts[index], Self.choose, own) }
    }

    deinit { for index in unsafe contexts.indices { unsafe SSL_CTX_free(contexts[index]) } }

    /// The server's side of a new connection; `nil` when there is no memory. It does not keep this object.
    func makeConnection(_ descriptor: Int32) -> OpaquePointer? {
        guard let first = unsafe contexts.first else { return nil }
        return unsafe shim_tls_new(first, SocketMethod.shared.pointer, descriptor)
    }

    /// Called by OpenSSL within the handshake, with the context that the connection's stream keeps alive.
    private static let choose:
        @convention(c) (OpaquePointer?, UnsafeMutablePointer<Int32>?, UnsafeMutableRawPointer?) -> Int32 = {
            connection, _, own in
            guard let own = unsafe own else { return SSL_TLSEXT_ERR_NOACK }
            let context = unsafe Unmanaged<TLSContext>.fromOpaque(own).takeUnretainedValue()
            let name = unsafe SSL_get_servername(connection, TLSEXT_NAMETYPE_host_name)
            let place = context.table.place(of: unsafe name.map { unsafe String(cString: $0) })
            if place > 0, unsafe place < context.contexts.count {
                unsafe SSL_set_SSL_CTX(connection, context.contexts[place])
            }
            return SSL_TLSEXT_ERR_OK
        }
}

/// How OpenSSL reaches a socket; made once for the process.
@safe struct SocketMethod: @unchecked Sendable {
    let pointer: OpaquePointer?

    static let shared = unsafe SocketMethod(pointer: shim_socket_method())
}
