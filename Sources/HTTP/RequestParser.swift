/// Bytes in, requests out: HTTP/1.1 and 1.0 as a state machine that owns no socket (RFC 9112).
///
/// The result depends on the bytes alone, never on how they were split. Every byte is looked at a bounded number
/// of times, also when each arrives by itself. No input traps. What follows a complete request stays inside for
/// the next call of ``next()``, so pipelined requests need nothing more.
///
/// Stricter than the grammar on purpose: lines end with CR LF only, no folding, one framing field at most, never
/// two of a kind. One empty line before a request line is skipped (RFC 9112 §2.2); a second is refused.
public struct RequestParser: Sendable {
    private let limits: ParserLimits
    private var buffer: [UInt8] = []
    /// The first byte in `buffer` that is not used up.
    private var start = 0
    /// Where the line being read begins, counted from `start`.
    private var line = 0
    /// Up to here, counted from `start`, there is no line feed in that line.
    private var scanned = 0
    private var state = State.requestLine
    private var skippedEmptyLine = false
    private var head = RequestHead()
    private var headers = Headers()
    private var body: [UInt8] = []
    private var chunkExtensions = 0
    private var trailerBytes = 0
    private var trailerCount = 0

    public enum Step: Sendable {
        case needMore(Need)
        /// The head is complete, and the client waits for `100 Continue` before it sends the body (RFC 9110 §10.1.1).
        ///
        /// Comes once, also when the body has arrived already; ``RequestParser/hasUnreadBytes`` tells so, and the
        /// interim answer may then be left out.
        case expectContinue
        case request(Request)
        /// Final: the answer is ``Refusal/response``, and the connection closes.
        case refused(Refusal)
    }

    /// What the client owes, for the choice of a timeout.
    public enum Need: Sendable {
        /// Nothing of a request has arrived: the connection is idle.
        case start
        case head
        case body
    }

    private enum State: Sendable {
        case requestLine
        case fields
        case fixedBody(remaining: Int)
        case chunkSize
        case chunk(remaining: Int)
        case chunkEnd
        case trailers
        case complete
        case refused(Refusal)
    }

    public init(limits: ParserLimits) { self.limits = limits }

    /// Whether bytes wait inside. A server that stops reading while a request is handled bounds them to one read.
    public var hasUnreadBytes: Bool { start < buffer.count }

    /// How many bytes wait inside.
    public var unreadCount: Int { buffer.count - start }

    public mutating func append(_ bytes: [UInt8]) {
        makeRoom()
        buffer.append(contentsOf: bytes)
    }

    public mutating func append(_ bytes: ArraySlice<UInt8>) {
        makeRoom()
        buffer.append(contentsOf: bytes)
    }

    /// The bytes are copied before this returns.
    @unsafe
    public mutating func append(_ bytes: UnsafeRawBufferPointer) {
        makeRoom()
        unsafe buffer.append(contentsOf: bytes)
    }

    /// Moves no more bytes than were used up since the last move, which keeps the cost linear; an idle connection
    /// keeps no large buffer.
    private mutating func makeRoom() {
        guard start > 0 else { return }
        if start == buffer.count {
            buffer.removeAll(keepingCapacity: buffer.capacity <= 16_384)
        } else if start >= buffer.count - start {
            buffer.removeSubrange(0..<start)
        } else {
            return
        }
        start = 0
    }

    /// Keeps no memory for what was used up: nothing is read for a while.
    public mutating func rest() {
        guard start == buffer.count else { return }
        buffer = []
        start = 0
    }

    /// The next thing to act on. Call again after every step but ``Step/needMore(_:)`` and ``Step/refused(_:)``.
    public mutating func next() -> Step {
        while true {
            let step: Step? =
                switch state {
                case .requestLine: readRequestLine()
                case .fields: readField()
                case .fixedBody(let remaining): readFixedBody(remaining)
                case .chunkSize: readChunkSize()
                case .chunk(let remaining): readChunk(remaining)
                case .chunkEnd: readChunkEnd()
                case .trailers: readTrailer()
                case .complete: finish()
                case .refused(let refusal): .refused(refusal)
                }
            if let step { return step }
        }
    }

    private mutating func refuse(_ refusal: Refusal) -> Step {
        state = .refused(refusal)
        buffer = []
        start = 0
        body = []
        return .refused(refusal)
    }

    /// Looks for the line feed of the current line, from where the last search ended; the position counts from `start`.
    private mutating func findLineFeed() -> Int? {
        let found = buffer.span.firstLineFeed(from: start + scanned)
        scanned = (found ?? buffer.count) - start
        return found == nil ? nil : scanned
    }

    // MARK: Head

    private mutating func readRequestLine() -> Step? {
        guard start < buffer.count else { return .needMore(skippedEmptyLine ? .head : .start) }
        let first = buffer[start]
        if first == 0x0D, !skippedEmptyLine {
            guard start + 1 < buffer.count else { return .needMore(.head) }
            guard buffer[start + 1] == 0x0A else { return refuse(.malformedRequestLine) }
            start += 2
            skippedEmptyLine = true
            return nil
        }
        // Seen at once, so that a TLS handshake on this port does not have to wait for a line feed.
        guard OctetSet.token.contains(first) else { return refuse(.malformedRequestLine) }
        guard let end = findLineFeed() else {
            return unreadCount >= limits.requestLine + 2 ? refuse(.requestLineTooLong) : .needMore(.head)
        }
        if end > limits.requestLine + 1 { return refuse(.requestLineTooLong) }
        guard buffer[start + end - 1] == 0x0D else { return refuse(.bareLineFeed) }
        head.fields.reserveCapacity(16)
        if let refusal = head.readRequestLine(buffer, start..<start + end - 1, base: start) {
            return refuse(refusal)
        }
        line = end + 1
        scanned = line
        state = .fields
        return nil
    }

    private mutating func readField() -> Step? {
        let room = limits.headerBytes - head.fieldBytes
        guard let end = findLineFeed() else {
            return scanned - line >= room ? refuse(.fieldsTooLarge) : .needMore(.head)
        }
        if end - line + 1 > room { return refuse(.fieldsTooLarge) }
        guard end > line, buffer[start + end - 1] == 0x0D else { return refuse(.bareLineFeed) }
        if end == line + 1 { return finishHead(at: end + 1) }
        if head.fields.count >= limits.headerCount { return refuse(.tooManyFields) }
        if let refusal = head.readField(buffer, start + line..<start + end - 1, base: start) {
            return refuse(refusal)
        }
        head.fieldBytes += end - line + 1
        line = end + 1
        scanned = line
        return nil
    }

    private mutating func finishHead(at end: Int) -> Step? {
        if let refusal = head.check(buffer.span, base: start, bodyLimit: limits.bodyBytes) { return refuse(refusal) }
        if start == 0, end == buffer.count {
            // Nothing follows, so the bytes change hands; an idle connection then has no buffer.
            headers = Headers(bytes: buffer, fields: head.fields, names: head.names)
            buffer = []
            consume(0)
        } else {
            headers = Headers(
                bytes: Array(buffer[start..<start + end]), fields: head.fields, names: head.names)
            consume(end)
        }
        head.fields = []
        if head.isChunked {
            state = .chunkSize
        } else if let length = head.contentLength, length > 0 {
            state = .fixedBody(remaining: length)
        } else {
            state = .complete
            return nil
        }
        return head.expectsContinue ? .expectContinue : nil
    }

    private mutating func consume(_ count: Int) {
        start += count
        line = 0
        scanned = 0
    }

    private mutating func finish() -> Step {
        let request = Request(head: head, headers: headers, body: body)
        head = RequestHead()
        headers = Headers()
        body = []
        chunkExtensions = 0
        trailerBytes = 0
        trailerCount = 0
        skippedEmptyLine = false
        state = .requestLine
        return .request(request)
    }

    // MARK: Body

    /// Moves up to `count` unread bytes to the body, and says how many.
    private mutating func takeBody(_ count: Int) -> Int {
        let taken = min(count, unreadCount)
        body.append(contentsOf: buffer[start..<start + taken])
        consume(taken)
        return taken
    }

    private mutating func readFixedBody(_ remaining: Int) -> Step? {
        let left = remaining - takeBody(remaining)
        state = left == 0 ? .complete : .fixedBody(remaining: left)
        return left == 0 ? nil : .needMore(.body)
    }

    private mutating func readChunkSize() -> Step? {
        guard let end = findLineFeed() else {
            return unreadCount >= ParserLimits.chunkLine ? refuse(.malformedChunk) : .needMore(.body)
        }
        guard end < ParserLimits.chunkLine else { return refuse(.malformedChunk) }
        guard end > 0, buffer[start + end - 1] == 0x0D else { return refuse(.bareLineFeed) }
        guard let header = ChunkHeader(buffer.span, start..<start + end - 1) else { return refuse(.malformedChunk) }
        chunkExtensions += header.extensionBytes
        if chunkExtensions > ParserLimits.chunkExtensions { return refuse(.chunkExtensionsTooLong) }
        guard header.size <= UInt64(limits.bodyBytes - body.count) else { return refuse(.bodyTooLarge) }
        consume(end + 1)
        state = header.size == 0 ? .trailers : .chunk(remaining: Int(header.size))
        return nil
    }

    private mutating func readChunk(_ remaining: Int) -> Step? {
        let left = remaining - takeBody(remaining)
        state = left == 0 ? .chunkEnd : .chunk(remaining: left)
        return left == 0 ? nil : .needMore(.body)
    }

    private mutating func readChunkEnd() -> Step? {
        guard unreadCount > 0 else { return .needMore(.body) }
        guard buffer[start] == 0x0D else { return refuse(.malformedChunk) }
        guard unreadCount > 1 else { return .needMore(.body) }
        guard buffer[start + 1] == 0x0A else { return refuse(.malformedChunk) }
        consume(2)
        state = .chunkSize
        return nil
    }

    /// Trailer fields are checked like header fields and then dropped: merged into the head, they could
    /// change what was already decided from it (RFC 9110 §6.5.1). Those that frame or route are refused.
    private mutating func readTrailer() -> Step? {
        let room = limits.headerBytes - trailerBytes
        guard let end = findLineFeed() else {
            return unreadCount >= room ? refuse(.fieldsTooLarge) : .needMore(.body)
        }
        if end + 1 > room { return refuse(.fieldsTooLarge) }
        guard end > 0, buffer[start + end - 1] == 0x0D else { return refuse(.bareLineFeed) }
        if end == 1 {
            consume(2)
            state = .complete
            return nil
        }
        if trailerCount >= limits.headerCount { return refuse(.tooManyFields) }
        switch FieldLine.parse(buffer.span, start..<start + end - 1) {
        case .failure(let refusal): return refuse(refusal)
        case .success(let field): if field.framesOrRoutes(buffer.span) { return refuse(.forbiddenTrailer) }
        }
        trailerBytes += end + 1
        trailerCount += 1
        consume(end + 1)
        return nil
    }
}
