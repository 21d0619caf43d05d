extension Response {
    /// Appends the message to `output` (RFC 9112 §4).
    ///
    /// `Content-Length`, `Transfer-Encoding`, `Connection` and `Date` are the writer's; fields of these names are
    /// left out. 1xx, 204 and 304 have no body and no length; the answer to HEAD has the length and no body. Of an
    /// answer with a ``stream`` this is the head; for a client of HTTP/1.0, `keepsAlive` must then be `false`.
    ///
    /// - Parameters:
    ///   - method: of the request that is answered.
    ///   - keepsAlive: `false` adds `Connection: close`; `true` adds `keep-alive` for a client of HTTP/1.0.
    ///   - version: of the request; the answer always says HTTP/1.1 (RFC 9110 §2.5).
    ///   - requestID: the value of the `X-Request-Id` field, in place of any such field among the headers; one that
    ///     ``RequestID/accept(_:)`` refuses is left out.
    ///   - date: the value of the `Date` field as ``HTTPDate`` writes it; empty for none.
    ///   - further: fields that every answer of this server has.
    public func serialise(
        into output: inout [UInt8], method: Method, version: Request.Version = .http11, keepsAlive: Bool,
        requestID: String? = nil, date: [UInt8] = [], further: Headers? = nil
    ) {
        // Gathered beside the output, so that this grows once. What does not fit is tried again with more room.
        var room = 512 + headers.bytes.count + 4 * headers.fields.count + (further?.bytes.count ?? 0)
        var isWhole = false
        while !isWhole {
            unsafe withUnsafeTemporaryAllocation(of: UInt8.self, capacity: room) { memory in
                guard let start = memory.baseAddress else { return }
                var head = unsafe HeadWriter(start: start, capacity: memory.count)
                write(
                    to: &head, version: version, keepsAlive: keepsAlive, requestID: requestID, date: date,
                    further: further)
                isWhole = head.isWhole
                if isWhole { unsafe output.append(contentsOf: UnsafeBufferPointer(start: start, count: head.count)) }
            }
            room *= 2
        }
        if mayHaveBody, stream == nil, method != .head { output.append(contentsOf: body) }
    }

    private func write(
        to head: inout HeadWriter, version: Request.Version, keepsAlive: Bool, requestID: String?, date: [UInt8],
        further: Headers?
    ) {
        if status == 200 { head.put("HTTP/1.1 200 OK\r\n") } else { head.put(text: Status.line(status)) }
        write(headers, to: &head, hasRequestID: requestID != nil)
        if let further { write(further, to: &head, hasRequestID: requestID != nil) }
        if let requestID { head.put(requestID: requestID) }
        if !date.isEmpty {
            head.put("Date: ")
            head.put(date)
            head.put("\r\n")
        }
        if mayHaveBody, stream == nil {
            head.put("Content-Length: ")
            head.put(decimal: body.count)
            head.put("\r\n")
        } else if mayHaveBody, version == .http11 {
            head.put("Transfer-Encoding: chunked\r\n")
        }
        if !keepsAlive {
            head.put("Connection: close\r\n\r\n")
        } else if version == .http10 {
            head.put("Connection: keep-alive\r\n\r\n")
        } else {
            head.put("\r\n")
        }
    }

    private func write(_ headers: Headers, to head: inout HeadWriter, hasRequestID: Bool) {
        if headers.areLines { return head.put(headers.bytes) }
        let bytes = headers.bytes
        for field in headers.fields {
            if Self.isFraming(bytes.span, field.name) { continue }
            if hasRequestID, bytes.span.spells(field.name, "x-request-id") { continue }
            head.put(bytes, field.name)
            head.put(": ")
            head.put(bytes, field.value)
            head.put("\r\n")
        }
    }

    /// Whether a field of that name is not, or not always, taken from an answer's headers.
    static func isWriters(_ bytes: Span<UInt8>, _ name: Range<Int>) -> Bool {
        isFraming(bytes, name) || bytes.spells(name, "x-request-id")
    }

    private static func isFraming(_ bytes: Span<UInt8>, _ name: Range<Int>) -> Bool {
        switch name.count {
        case 4: bytes.spells(name, "date")
        case 10: bytes.spells(name, "connection")
        case 14: bytes.spells(name, "content-length")
        case 17: bytes.spells(name, "transfer-encoding")
        default: false
        }
    }
}

/// Puts the head of an answer together in memory that its caller lends, a few machine instructions for each part.
///
/// Every part is checked against the end of the memory; when one did not fit, the head is not whole.
@safe private struct HeadWriter {
    private let start: UnsafeMutablePointer<UInt8>
    private let capacity: Int
    private(set) var count = 0
    private(set) var isWhole = true

    @unsafe init(start: UnsafeMutablePointer<UInt8>, capacity: Int) {
        unsafe self.start = start
        self.capacity = capacity
    }

    @inline(__always)
    private mutating func takes(_ length: Int) -> Bool {
        if capacity - count >= length { return true }
        isWhole = false
        return false
    }

    @inline(__always)
    mutating func put(_ text: StaticString) {
        let length = text.utf8CodeUnitCount
        guard takes(length) else { return }
        unsafe (start + count).update(from: text.utf8Start, count: length)
        count += length
    }

    @inline(__always)
    mutating func put(_ bytes: [UInt8]) { put(bytes, 0..<bytes.count) }

    mutating func put(_ bytes: [UInt8], _ range: Range<Int>) {
        guard takes(range.count) else { return }
        unsafe bytes.withUnsafeBufferPointer { source in
            guard let first = source.baseAddress else { return }
            unsafe (start + count).update(from: first + range.lowerBound, count: range.count)
        }
        count += range.count
    }

    mutating func put(text: String) {
        var text = text
        let length = text.utf8.count
        guard takes(length) else { return }
        text.withUTF8 { source in
            guard let first = source.baseAddress else { return }
            unsafe (start + count).update(from: first, count: length)
        }
        count += length
    }

    /// The whole line; nothing for an id that would not be accepted from others.
    mutating func put(requestID: String) {
        var text = requestID
        let isAcceptable = text.withUTF8 { octets in
            guard (1...RequestID.longest).contains(octets.count) else { return false }
            for index in octets.indices where unsafe !OctetSet.plainName.contains(octets[index]) { return false }
            return true
        }
        guard isAcceptable else { return }
        put("X-Request-Id: ")
        put(text: text)
        put("\r\n")
    }

    /// Negative numbers do not occur and become 0.
    mutating func put(decimal number: Int) {
        guard takes(20) else { return }
        var rest = UInt(max(number, 0))
        var length = 1
        var bound: UInt = 10
        while rest >= bound, length < 19 {
            length += 1
            bound &*= 10
        }
        for place in stride(from: count + length - 1, through: count, by: -1) {
            unsafe start[place] = UInt8(truncatingIfNeeded: 0x30 + rest % 10)
            rest /= 10
        }
        count += length
    }
}
