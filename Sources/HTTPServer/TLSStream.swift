internal import COpenSSL
internal import Glibc

/// One connection's TLS, from the handshake to the closing alert; never waits.
///
/// Owns OpenSSL's object, and keeps the context that it began with. Used on its loop only: OpenSSL's queue of errors
/// belongs to the thread, so it is emptied before each call that is asked for its reason.
@safe final class TLSStream {
    private let ssl: OpaquePointer
    private let context: TLSContext
    /// After a failure OpenSSL must not be asked for anything more.
    private var isBroken = false
    private var hasEnded = false
    private(set) var isEstablished = false
    /// What a read needs first is that the socket takes more: part of a handshake, or of an answer to a key update.
    private(set) var readAwaitsWriting = false

    enum Read {
        case bytes(Int)
        /// Nothing for HTTP was in what came; there may be more.
        case progress
        /// The socket is empty, or too full to go on.
        case waiting
        /// The client said that it sends nothing more.
        case end
        /// The client speaks HTTP without TLS.
        case plainHTTP
        /// In OpenSSL's words; `nil` for a connection that broke off.
        case failed(String?)
    }

    init?(_ context: TLSContext, descriptor: Int32) {
        guard let ssl = unsafe context.makeConnection(descriptor) else {
            ERR_clear_error()
            return nil
        }
        unsafe self.ssl = ssl
        self.context = context
    }

    deinit { unsafe SSL_free(ssl) }

    /// Everything that had come was read, so that more will be an event.
    var isEmptied: Bool { unsafe shim_tls_is_emptied(ssl) != 0 }

    /// There was an event since.
    func moreCame() { unsafe shim_tls_more_came(ssl) }

    /// At most one record, which is 16 KiB.
    func read(into buffer: UnsafeMutableRawBufferPointer) -> Read {
        if isBroken { return .failed(nil) }
        readAwaitsWriting = false
        ERR_clear_error()
        if !isEstablished {
            let result = unsafe SSL_do_handshake(ssl)
            guard result == 1 else { return explain(result) }
            isEstablished = true
        }
        let count = unsafe SSL_read(ssl, buffer.baseAddress, Int32(clamping: buffer.count))
        return count > 0 ? .bytes(Int(count)) : explain(count)
    }

    /// How much was taken, at most one record; otherwise a negative errno value, EAGAIN for a full socket.
    ///
    /// Whoever was told EAGAIN must come back with the same bytes first: some of them may be sealed already.
    func write(_ bytes: UnsafeRawPointer?, _ count: Int) -> Int {
        guard isEstablished, !isBroken else { return -Int(EPIPE) }
        ERR_clear_error()
        let result = unsafe SSL_write(ssl, bytes, Int32(clamping: count))
        if result > 0 { return Int(result) }
        if case .waiting = explain(result) { return -Int(EAGAIN) }
        isBroken = true
        return -Int(EPIPE)
    }

    /// Says that nothing more will be sent (RFC 8446 §6.1). Only when everything written was taken.
    func end() {
        guard isEstablished, !isBroken, !hasEnded else { return }
        hasEnded = true
        ERR_clear_error()
        unsafe SSL_shutdown(ssl)
        ERR_clear_error()
    }

    private func explain(_ result: Int32) -> Read {
        switch unsafe SSL_get_error(ssl, result) {
        case SSL_ERROR_WANT_READ: return unsafe shim_tls_is_drained(ssl) != 0 ? .waiting : .progress
        case SSL_ERROR_WANT_WRITE:
            readAwaitsWriting = true
            return .waiting
        case SSL_ERROR_ZERO_RETURN: return .end
        case SSL_ERROR_SSL:
            isBroken = true
            let error = OpenSSLError.take()
            if error.reason == shim_reason_http_request { return .plainHTTP }
            return .failed(error.reason == shim_reason_truncated ? nil : error.words)
        default:
            isBroken = true
            ERR_clear_error()
            return .failed(nil)
        }
    }
}
