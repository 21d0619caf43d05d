/// What is known of a request while its head is read, line by line.
///
/// Positions count from the first byte of the request line. The fields that decide where the message ends are
/// understood here and nowhere else (RFC 9112 §6).
struct RequestHead {
    var method = Method.get
    var version = Request.Version.http11
    var target = 0..<0
    var path = 0..<0
    var query: Range<Int>?
    var authority: Range<Int>?
    var fields: [Headers.Field] = []
    /// Of the field lines read so far, line ends included.
    var fieldBytes = 0
    /// ``Headers/bit(_:last:)`` of every name.
    private(set) var names: UInt64 = 0

    private var host: Range<Int>?
    private(set) var contentLength: Int?
    private(set) var isChunked = false
    private(set) var expectsContinue = false
    private var saysClose = false
    private var saysKeepAlive = false

    /// `close` wins over `keep-alive`; without either, HTTP/1.1 stays and HTTP/1.0 leaves (RFC 9112 §9.3).
    var keepsAlive: Bool { !saysClose && (version == .http11 || saysKeepAlive) }

    /// `method SP request-target SP HTTP-version`, single spaces, without the line end.
    mutating func readRequestLine(_ buffer: [UInt8], _ line: Range<Int>, base: Int) -> Refusal? {
        let bytes = buffer.span
        var index = line.lowerBound
        while index < line.upperBound, OctetSet.token.contains(bytes[index]) { index += 1 }
        guard index > line.lowerBound, index < line.upperBound, bytes[index] == 0x20 else {
            return .malformedRequestLine
        }
        let name = line.lowerBound..<index
        index += 1
        let start = index
        while index < line.upperBound, bytes[index] != 0x20 { index += 1 }
        guard index < line.upperBound else { return .malformedRequestLine }
        let target = start..<index
        index += 1
        guard line.upperBound - index == 8, bytes.equals(index..<index + 5, "HTTP/"), bytes[index + 5].isDigit,
            bytes[index + 6] == UInt8(ascii: "."), bytes[index + 7].isDigit
        else { return .malformedRequestLine }
        guard bytes[index + 5] == UInt8(ascii: "1"), bytes[index + 7] <= UInt8(ascii: "1") else {
            return .unsupportedVersion
        }
        version = bytes[index + 7] == UInt8(ascii: "1") ? .http11 : .http10
        guard let method = Method(bytes, name) else { return .unknownMethod }
        self.method = method
        guard let parts = RequestTarget(bytes, target, isOptions: method == .options) else { return .malformedTarget }
        self.target = target.shifted(by: -base)
        path = parts.path.shifted(by: -base)
        query = parts.query?.shifted(by: -base)
        authority = parts.authority?.shifted(by: -base)
        return nil
    }

    /// One field line, not empty, without the line end.
    mutating func readField(_ buffer: [UInt8], _ line: Range<Int>, base: Int) -> Refusal? {
        let bytes = buffer.span
        switch FieldLine.parse(bytes, line) {
        case .failure(let refusal): return refusal
        case .success(let field):
            if let refusal = note(bytes, field, base: base) { return refusal }
            names |= Headers.bit(field.name.count, last: bytes[field.name.upperBound - 1])
            fields.append(
                Headers.Field(name: field.name.shifted(by: -base), value: field.value.shifted(by: -base)))
            return nil
        }
    }

    /// What must hold once every field is known.
    func check(_ bytes: Span<UInt8>, base: Int, bodyLimit: Int) -> Refusal? {
        if let host {
            if let authority {
                guard authority.count == host.count else { return .hostMismatch }
                for (left, right) in zip(authority.shifted(by: base), host.shifted(by: base))
                where bytes[left].lowered != bytes[right].lowered { return .hostMismatch }
            }
        } else if version == .http11 || authority != nil {
            return .missingHost
        }
        if isChunked {
            if version == .http10 { return .transferEncodingInHTTP10 }
            if contentLength != nil { return .conflictingFraming }
        }
        if let contentLength, contentLength > bodyLimit { return .bodyTooLarge }
        return nil
    }

    private mutating func note(_ bytes: Span<UInt8>, _ field: FieldLine, base: Int) -> Refusal? {
        switch field.name.count {
        case 4 where bytes.spells(field.name, "host"):
            guard host == nil else { return .repeatedHost }
            guard Authority.isValid(bytes, field.value) else { return .malformedHost }
            host = field.value.shifted(by: -base)
        case 6 where bytes.spells(field.name, "expect"):
            guard bytes.spells(field.value, "100-continue") else { return .unknownExpectation }
            // HTTP/1.0 has no interim answers (RFC 9110 §10.1.1).
            if version == .http11 { expectsContinue = true }
        case 10 where bytes.spells(field.name, "connection"):
            noteConnection(bytes, field.value)
        case 14 where bytes.spells(field.name, "content-length"):
            guard contentLength == nil else { return .repeatedContentLength }
            guard !field.hasTab(bytes), let length = Self.decimal(bytes, field.value) else {
                return .malformedContentLength
            }
            contentLength = length
        case 17 where bytes.spells(field.name, "transfer-encoding"):
            guard !isChunked else { return .repeatedTransferEncoding }
            guard bytes.spells(field.value, "chunked"), !field.hasTab(bytes) else {
                return .unsupportedTransferEncoding
            }
            isChunked = true
        default: break
        }
        return nil
    }

    private mutating func noteConnection(_ bytes: Span<UInt8>, _ value: Range<Int>) {
        var start = value.lowerBound
        while start <= value.upperBound {
            var end = start
            while end < value.upperBound, bytes[end] != UInt8(ascii: ",") { end += 1 }
            let option = bytes.trimmed(start..<end)
            if bytes.spells(option, "close") { saysClose = true }
            if bytes.spells(option, "keep-alive") { saysKeepAlive = true }
            start = end + 1
        }
    }

    /// Digits only. A number that does not fit is the largest one, which every limit refuses.
    private static func decimal(_ bytes: Span<UInt8>, _ range: Range<Int>) -> Int? {
        guard !range.isEmpty else { return nil }
        var value = 0
        var overflows = false
        for index in range {
            guard bytes[index].isDigit else { return nil }
            let (tenfold, first) = value.multipliedReportingOverflow(by: 10)
            let (sum, second) = tenfold.addingReportingOverflow(Int(bytes[index] - 0x30))
            overflows = overflows || first || second
            value = overflows ? .max : sum
        }
        return value
    }
}

/// `field-name ":" OWS field-value OWS` (RFC 9112 §5), in a head or a trailer section.
struct FieldLine {
    let name: Range<Int>
    let value: Range<Int>
    /// The value with the blanks around it.
    let untrimmed: Range<Int>

    static func parse(_ bytes: Span<UInt8>, _ line: Range<Int>) -> Result<FieldLine, Refusal> {
        if bytes[line.lowerBound].isBlank { return .failure(.foldedField) }
        var index = line.lowerBound
        while index < line.upperBound, OctetSet.token.contains(bytes[index]) { index += 1 }
        // A space before the colon is refused as well (RFC 9112 §5.1).
        guard index > line.lowerBound, index < line.upperBound, bytes[index] == UInt8(ascii: ":") else {
            return .failure(.malformedField)
        }
        let name = line.lowerBound..<index
        index += 1
        guard bytes.isFieldContent(index..<line.upperBound) else { return .failure(.malformedField) }
        let untrimmed = index..<line.upperBound
        return .success(FieldLine(name: name, value: bytes.trimmed(untrimmed), untrimmed: untrimmed))
    }

    /// Whether a tab stands beside the value. The grammar allows it; parsers disagree about it where a message's
    /// length is at stake, and no client sends it there.
    func hasTab(_ bytes: Span<UInt8>) -> Bool {
        for index in untrimmed where bytes[index] == 0x09 { return true }
        return false
    }

    /// Whether a trailer section must not hold this field (RFC 9110 §6.5.1).
    func framesOrRoutes(_ bytes: Span<UInt8>) -> Bool {
        switch name.count {
        case 4: bytes.spells(name, "host")
        case 6: bytes.spells(name, "expect")
        case 10: bytes.spells(name, "connection")
        case 14: bytes.spells(name, "content-length")
        case 17: bytes.spells(name, "transfer-encoding")
        default: false
        }
    }
}

extension Range<Int> {
    func shifted(by distance: Int) -> Range<Int> { lowerBound + distance..<upperBound + distance }
}
