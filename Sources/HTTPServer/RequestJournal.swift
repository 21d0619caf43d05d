internal import CLinux
public import Concurrency
public import HTTP

/// Which requests are being executed, and which sources are kept out, in memory that outlives the server.
///
/// Made by the process that supervises, before the server is forked from it. The server's loops write with plain
/// stores; when the server is dead its parent reads what it was doing. No bodies and no queries are noted.
///
/// A class, because it owns the memory.
@safe public final class RequestJournal: @unchecked Sendable {
    let memory: OpaquePointer
    private let loops: Int

    /// `nil` when the system has no memory for it.
    public init?(loops: Int) {
        guard let memory = unsafe linux_journal_make(UInt32(clamping: loops)) else { return nil }
        unsafe self.memory = memory
        self.loops = loops
    }

    deinit { unsafe linux_journal_free(memory) }

    /// Notes the fault that this process will die of, if it does. Call it in the server, before its threads start.
    public func watchForFaults() { unsafe linux_journal_watch(memory) }

    // MARK: Reading

    /// What a server was doing when it died.
    public struct Account: Sendable {
        /// False when the server was killed from outside, which nothing of it could notice.
        public var hasFault = false
        /// The fault happened in a task that is none of the noted requests'.
        public var isElsewhere = false
        /// The request in whose task the fault happened.
        public var culprit: Noted?
        /// Where the bytes came from that were being read at the fault, with nothing parsed from them yet.
        public var reader: Source?
        /// All requests that were under way.
        public var underWay: [Noted] = []

        public init() {}
    }

    /// A request as far as it is noted.
    public struct Noted: Sendable, CustomStringConvertible {
        public let id: String
        public let method: Method
        /// As it was sent, without the query, and cut after 160 bytes.
        public let path: String
        public let source: Source

        public init(id: String, method: Method, path: String, source: Source) {
            self.id = id
            self.method = method
            self.path = path
            self.source = source
        }

        public var description: String { "\(id) (\(method.rawValue) \(path) from \(source))" }
    }

    /// Who counts as one client: an IPv4 address, an IPv6 /64, or `nil` for a process of this machine.
    public struct Source: Hashable, Sendable, CustomStringConvertible {
        public let block: AddressBlock?

        public init(_ client: ClientAddress) {
            block = if case .ip(let address) = client { ConnectionCount.source(of: address) } else { nil }
        }

        public var description: String {
            guard let block else { return "this machine" }
            return block.base.isV4 ? block.base.description : block.description
        }
    }

    /// Reads what the dead server left, and forgets it for the next one.
    public func takeAccount() -> Account {
        var account = Account()
        let fault = unsafe linux_journal_fault(memory)
        account.hasFault = fault.signal != 0
        for loop in 0..<UInt32(clamping: loops) {
            for entry in 0..<UInt32(linux_journal_entries) {
                var request = linux_journal_request()
                guard unsafe linux_journal_request(memory, loop, entry, &request), let noted = Noted(request) else {
                    continue
                }
                account.underWay.append(noted)
                if request.is_culprit { account.culprit = noted }
            }
        }
        account.isElsewhere = account.culprit == nil && fault.has_task
        if account.culprit == nil, !fault.has_task, fault.is_reading, fault.is_reader_blamed {
            account.reader = Source(ClientAddress(fault.reader))
        }
        unsafe linux_journal_clear(memory)
        return account
    }

    // MARK: Keeping out

    /// Keeps a source out until that moment. For the supervising process.
    public func block(_ source: Source, until end: MonotonicTime) {
        guard let block = source.block else { return }
        unsafe linux_journal_block(memory, linux_source(block.base), end.nanoseconds)
    }

    /// Whether requests from there are refused now. From any thread.
    public func isBlocked(_ client: ClientAddress, at now: MonotonicTime) -> Bool {
        guard case .ip(let address) = client else { return false }
        return unsafe linux_journal_is_blocked(
            memory, linux_source(ConnectionCount.source(of: address).base), now.nanoseconds)
    }
}

/// One loop's places in the journal. Used on its loop only.
@safe final class JournalPlaces: @unchecked Sendable {
    private let journal: RequestJournal
    private let loop: UInt32
    private let free: LoopOwned<[UInt32]>

    init(_ journal: RequestJournal, loop: Int) {
        self.journal = journal
        self.loop = UInt32(clamping: loop)
        // The lowest is taken first, so that few pages are used.
        free = LoopOwned((0..<UInt32(linux_journal_entries)).reversed())
    }

    /// Says that the calling thread is this loop's.
    func enter() { linux_journal_enter(loop) }

    /// Notes a request that this loop's thread executes without a task, until ``adopt(_:)`` or ``end(_:)``; returns its
    /// place, or `nil` when all are taken.
    func begin(_ request: borrowing Request) -> UInt32? {
        guard let place = free.value.popLast() else { return nil }
        let method = request.method.number
        let source = linux_source(request.client)
        request.withPath { bytes, range in
            unsafe bytes.withUnsafeBytes { path in
                let path = unsafe UnsafeRawBufferPointer(rebasing: path[range])
                var id = request.id
                id.withUTF8 { id in
                    unsafe linux_journal_begin(
                        journal.memory, loop, place, method, id.baseAddress, id.count, path.baseAddress, path.count,
                        source)
                }
            }
        }
        return place
    }

    /// From here on the request is executed by the calling task.
    func adopt(_ place: UInt32?) {
        guard let place else { return }
        unsafe linux_journal_adopt(journal.memory, loop, place)
    }

    func end(_ place: UInt32?) {
        guard let place else { return }
        unsafe linux_journal_end(journal.memory, loop, place)
        free.value.append(place)
    }

    func reads(_ peer: ClientAddress, isProxy: Bool) {
        unsafe linux_journal_read(journal.memory, loop, linux_source(peer), !isProxy)
    }

    func rests() { unsafe linux_journal_rest(journal.memory, loop) }

    func isBlocked(_ client: ClientAddress, at now: MonotonicTime) -> Bool { journal.isBlocked(client, at: now) }
}

extension Method {
    /// A number for the journal: the place among all.
    fileprivate var number: UInt8 {
        switch self {
        case .get: 0
        case .head: 1
        case .post: 2
        case .put: 3
        case .patch: 4
        case .delete: 5
        case .options: 6
        }
    }
}

extension RequestJournal.Noted {
    /// `nil` for what no server of this version writes.
    fileprivate init?(_ request: linux_journal_request) {
        guard let method = Method.allCases.first(where: { $0.number == request.method }) else { return nil }
        let id = unsafe withUnsafeBytes(of: request.id) { bytes in
            unsafe String(decoding: bytes.prefix(request.id_count), as: UTF8.self)
        }
        let path = unsafe withUnsafeBytes(of: request.path) { bytes in
            unsafe String(decoding: bytes.prefix(request.path_count), as: UTF8.self)
        }
        self.init(
            id: id, method: method, path: path, source: RequestJournal.Source(ClientAddress(request.source)))
    }
}

extension linux_source {
    fileprivate init(_ address: IPAddress) {
        self.init(high: address.high, low: address.low, kind: address.isV4 ? 4 : 6)
    }

    fileprivate init(_ client: ClientAddress) {
        if case .ip(let address) = client { self.init(address) } else { self.init(high: 0, low: 0, kind: 0) }
    }
}

extension ClientAddress {
    fileprivate init(_ source: linux_source) {
        switch source.kind {
        case 4: self = .ip(IPAddress(v4: UInt32(truncatingIfNeeded: source.low)))
        case 6: self = .ip(IPAddress(v6high: source.high, low: source.low))
        default: self = .local
        }
    }
}
