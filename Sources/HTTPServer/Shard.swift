internal import CLinux
internal import Concurrency
internal import HTTP

/// One loop's part of the server: its connections, and the buffers they use in turn.
///
/// Used on its loop only. Owns the read buffer. A connection that waits holds none: what it reads goes through
/// `input` to its parser, and answers go through `output`, which is empty again when a connection's turn ends.
@safe final class Shard: @unchecked Sendable {
    let loop: EventLoop
    let shared: Shared
    let patience: Patience
    let input = UnsafeMutableRawBufferPointer.allocate(byteCount: Shard.inputSize, alignment: 16)
    let gathered = LoopOwned<[UInt8]>([])
    var framedPiece = FramedPiece()
    /// `nil` where nobody supervises this process.
    let journal: JournalPlaces?
    /// Set by a shutdown: every answer from now on is its connection's last.
    private(set) var isDraining = false

    private var acceptors: [Acceptor] = []
    private(set) var connections: [ObjectIdentifier: Connection] = [:]
    var longestIdle = LongestIdle()
    /// Of every answer over TLS.
    let transportSecurity: Headers
    private var dateSecond: Int64 = -1
    private var dateBytes: [UInt8] = []
    private let ids: LoopOwned<RequestIDs>
    private let traces: LoopOwned<TraceNumbers>

    static let inputSize = 65_536

    /// `index` is this loop's among the server's: no two of them give out the same request ids.
    init(index: Int, loop: EventLoop, shared: Shared) {
        self.loop = loop
        ids = LoopOwned(
            RequestIDs(start: shared.settings.requestIDStart &+ UInt64(index) &* 0x9E37_79B9_7F4A_7C15))
        traces = LoopOwned(
            TraceNumbers(
                start: shared.settings.traceStart &+ UInt64(index) &* 0xD1B5_4A32_D192_ED03,
                other: shared.settings.requestIDStart))
        self.shared = shared
        journal = shared.journal.map { JournalPlaces($0, loop: index) }
        patience = Patience(shared.settings.timeouts)
        var fields = Headers()
        fields.add("Strict-Transport-Security", "max-age=\(shared.settings.transportSecurity.components.seconds)")
        transportSecurity = fields
        gathered.value.reserveCapacity(Self.inputSize)
    }

    deinit { unsafe input.deallocate() }

    /// What was answered in this turn and is not handed to the network yet.
    var output: [UInt8] {
        @inline(__always) _read { yield gathered.value }
        @inline(__always) _modify { yield &gathered.value }
    }

    func accept(from socket: ListeningSocket, _ certificates: TLSCertificates?) {
        guard !isDraining else { return }
        journal?.enter()
        let acceptor = Acceptor(socket: socket, certificates: certificates, shard: self)
        acceptors.append(acceptor)
        acceptor.resume()
    }

    func add(_ connection: Connection) { connections[ObjectIdentifier(connection)] = connection }

    func remove(_ connection: Connection) { connections[ObjectIdentifier(connection)] = nil }

    /// Stops accepting, and asks streams to end; every answer from now on is its connection's last.
    func drain() {
        isDraining = true
        for acceptor in acceptors { acceptor.stop() }
        acceptors = []
        for connection in connections.values { connection.drain() }
    }

    /// Closes the connections that wait for nothing, after a last look whether something has come.
    func closeIdle() {
        for connection in connections.values { connection.closeIfIdle() }
    }

    /// Whether requests from there are refused, because they ended the process again and again.
    func isBlocked(_ client: ClientAddress) -> Bool { journal?.isBlocked(client, at: loop.now) ?? false }

    func closeAll() {
        for connection in connections.values { connection.close() }
    }

    /// The value of the `Date` field, made once a second.
    func date() -> [UInt8] {
        let second = linux_wall_clock()
        if second != dateSecond {
            dateSecond = second
            dateBytes = HTTPDate.bytes(seconds: second)
        }
        return dateBytes
    }

    func nextRequestID() -> String { ids.value.next() }

    func trace(of request: borrowing Request) -> TraceContext { request.trace(from: &traces.value) }
}

/// ``ServerSettings/Timeouts`` in nanoseconds, so that the hot path adds two integers.
struct Patience {
    let head: UInt64
    let body: UInt64
    let idle: UInt64
    let write: UInt64
    let linger: UInt64
    let probe: UInt64

    init(_ timeouts: ServerSettings.Timeouts) {
        func nanoseconds(_ duration: Duration) -> UInt64 {
            // A year is as good as for ever, and cannot overflow when it is added to a time.
            let limited = min(max(duration, .zero), .seconds(31_536_000))
            return UInt64(limited / .nanoseconds(1))
        }
        head = nanoseconds(timeouts.head)
        body = nanoseconds(timeouts.body)
        idle = nanoseconds(timeouts.idle)
        write = nanoseconds(timeouts.write)
        linger = nanoseconds(timeouts.linger)
        probe = nanoseconds(timeouts.probe)
    }
}

/// Names for requests that came without one: 15 characters, which Swift keeps without an allocation.
///
/// Eight of them are the same until the server ends, seven count. They need to differ, not to be secret.
struct RequestIDs {
    /// The id that was given out last, as the places of its characters in the alphabet.
    private var digits: [UInt8]

    private static let counted = 8..<15

    init(start: UInt64) {
        digits = (0..<15).map { $0 < 8 ? UInt8(truncatingIfNeeded: start >> UInt64(5 * $0) & 31) : 0 }
    }

    mutating func next() -> String {
        for place in Self.counted.reversed() {
            digits[place] = (digits[place] + 1) & 31
            if digits[place] != 0 { break }
        }
        let digits = digits
        return unsafe String(unsafeUninitializedCapacity: 15) { text in
            let alphabet: StaticString = "0123456789abcdefghijkmnpqrstuvwx"
            for place in 0..<15 { unsafe text[place] = alphabet.utf8Start[Int(digits[place] & 31)] }
            return 15
        }
    }
}
