internal import Concurrency

/// The certificates that new connections are answered with, and the way to replace them while the server runs.
public final class TLSCertificates: Sendable {
    private struct State: Sendable {
        var certificates: [TLSCertificate]
        var context: TLSContext
        /// When the keys of the tickets have had their time.
        var renewal: MonotonicTime
    }

    private let files: [TLSFiles]
    private let state: Lock<State>
    /// A new context has new keys for tickets: what a stolen key opens is at most this long.
    private static let ticketPeriod = Duration.seconds(12 * 3_600)

    /// What one certificate says about itself.
    public struct Summary: Hashable, Sendable {
        /// Where it was read.
        public let path: String
        /// Its DNS names in lower case, wildcards among them.
        public let names: [String]
        /// Seconds since 1970; outside of these two clients refuse it.
        public let notBefore: Int64
        public let notAfter: Int64

        public init(path: String, names: [String], notBefore: Int64, notAfter: Int64) {
            self.path = path
            self.names = names
            self.notBefore = notBefore
            self.notAfter = notAfter
        }
    }

    /// Reads the files, at least one pair. Where a name is in several, the first holds; the first also answers for
    /// names that none has and for clients that give no name.
    ///
    /// - Throws: ``TLSFault``, whose description is one sentence for the operator.
    public init(_ files: [TLSFiles]) throws(TLSFault) {
        self.files = files
        state = Lock(try Self.load(files))
    }

    /// Reads the files again. New connections get what was read; those under way keep what they have.
    ///
    /// Reads files, so it belongs off the event loops.
    ///
    /// - Throws: ``TLSFault``; everything stays as it was.
    public func reload() throws(TLSFault) {
        let loaded = try Self.load(files)
        state.withLock { $0 = loaded }
    }

    /// In the order in which they were listed.
    public var certificates: [Summary] {
        zip(files, state.withLock { $0.certificates }).map { files, certificate in
            Summary(
                path: files.certificate, names: certificate.names.all, notBefore: certificate.notBefore,
                notAfter: certificate.notAfter)
        }
    }

    func context(at now: MonotonicTime) -> TLSContext {
        state.withLock { state in
            if now > state.renewal {
                state.renewal = now + Self.ticketPeriod
                // What worked once works again, unless memory is short; then the old keys do for another period.
                if let context = try? TLSContext(state.certificates) { state.context = context }
            }
            return state.context
        }
    }

    private static func load(_ files: [TLSFiles]) throws(TLSFault) -> State {
        var certificates: [TLSCertificate] = []
        for files in files { certificates.append(try TLSCertificate(files)) }
        return State(
            certificates: certificates, context: try TLSContext(certificates), renewal: .now() + ticketPeriod)
    }
}
