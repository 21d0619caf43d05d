internal import CCurl
internal import Concurrency

/// One transfer of libcurl's easy interface; it blocks the thread that it is made on.
///
/// A class, because it owns libcurl's handle.
@safe final class CurlTransfer {
    private let transfer: OpaquePointer

    /// Why libcurl cannot be used, in words; `nil` where it can. Loads it the first time.
    static var problem: String? {
        guard let problem = unsafe curl_load() else { return nil }
        return unsafe String(cString: problem)
    }

    /// `nil` where libcurl cannot be used, or has no memory.
    init?() {
        guard Self.problem == nil, let transfer = unsafe transfer_open() else { return nil }
        unsafe self.transfer = transfer
    }

    deinit { unsafe transfer_close(transfer) }

    /// A text with a NUL character would be another one to libcurl.
    @discardableResult func set(_ option: CURLoption, _ text: String) -> Bool {
        unsafe !text.utf8.contains(0) && transfer_set_text(transfer, option, text)
    }

    @discardableResult func set(_ option: CURLoption, _ number: Int) -> Bool {
        unsafe transfer_set_number(transfer, option, number)
    }

    func set(_ option: CURLoption, _ time: Duration) -> Bool {
        set(
            option,
            Int(clamping: max(1, time.components.seconds * 1_000 + time.components.attoseconds / 1_000_000_000_000_000))
        )
    }

    func speakOnlySMTP() -> Bool { unsafe transfer_only_smtp(transfer) }

    func speakOnlyHTTPS() -> Bool { unsafe transfer_only_https(transfer) }

    func speakOnlyHTTP() -> Bool { unsafe transfer_only_http(transfer) }

    func addHeader(_ line: String) -> Bool {
        unsafe !line.utf8.contains(where: { $0 < 0x20 || $0 == 0x7F }) && transfer_add_header(transfer, line)
    }

    func addRecipient(_ address: String) -> Bool {
        unsafe !address.utf8.contains(where: { $0 <= 0x20 || $0 == 0x7F }) && transfer_add_recipient(transfer, address)
    }

    func setBody(_ bytes: [UInt8]) -> Bool { unsafe transfer_set_body(transfer, bytes, bytes.count) }

    func setRoom(_ count: Int) { unsafe transfer_set_room(transfer, max(0, count)) }

    func heed(_ stop: CurlStop) { unsafe transfer_heed(transfer, stop.pointer) }

    func perform() -> CURLcode { unsafe transfer_perform(transfer) }

    /// The server's last answer as a number; 0 without any.
    var status: Int { unsafe transfer_status(transfer) }
    var sentAll: Bool { unsafe transfer_sent_all(transfer) }
    var isTooLong: Bool { unsafe transfer_is_too_long(transfer) }

    var received: [UInt8] {
        var count = 0
        guard let bytes = unsafe transfer_received(transfer, &count) else { return [] }
        return unsafe Array(UnsafeBufferPointer(start: bytes, count: count))
    }
}

/// Ends transfers on other threads within about a second, once it is asked to.
///
/// A class, because it owns what those threads look at; it outlives each transfer that heeds it.
@safe final class CurlStop: @unchecked Sendable {
    fileprivate let pointer: OpaquePointer?

    init() { unsafe pointer = transfer_stop_make() }

    deinit { unsafe transfer_stop_free(pointer) }

    func now() { unsafe transfer_stop_now(pointer) }
}

extension CURLcode {
    /// In a word, for operators; libcurl's own sentences may name what was asked for.
    var word: String {
        switch self {
        case CURLE_COULDNT_RESOLVE_HOST: "no_such_host"
        case CURLE_COULDNT_CONNECT: "no_connection"
        case CURLE_OPERATION_TIMEDOUT: "timed_out"
        case CURLE_USE_SSL_FAILED: "no_starttls"
        case CURLE_PEER_FAILED_VERIFICATION: "certificate_not_trusted"
        case CURLE_SSL_CACERT_BADFILE: "ca_file_unreadable"
        case CURLE_SSL_CONNECT_ERROR, CURLE_SSL_CIPHER: "tls_failed"
        case CURLE_LOGIN_DENIED: "login_denied"
        case CURLE_SEND_ERROR, CURLE_RECV_ERROR, CURLE_GOT_NOTHING, CURLE_PARTIAL_FILE: "connection_lost"
        case CURLE_ABORTED_BY_CALLBACK: "stopped"
        case CURLE_OUT_OF_MEMORY: "no_memory"
        default: "curl_\(rawValue)"
        }
    }
}
