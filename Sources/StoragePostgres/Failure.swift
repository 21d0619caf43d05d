internal import CPostgres
internal import Storage

/// Why an exchange with the server failed, and what that means for the transaction around it.
struct Failure: Error {
    enum Consequence {
        /// The transaction is over; running it again would end in the same way.
        case rolledBack
        /// The server gave this transaction up for the sake of another; a second run may succeed.
        case conflict
        /// The connection is of no use any more.
        case disconnected
    }

    let fault: StoreFault
    let consequence: Consequence

    static func disconnected(_ detail: String) -> Failure {
        Failure(fault: .unavailable(detail), consequence: .disconnected)
    }

    static func mistake(_ detail: String) -> Failure {
        Failure(fault: .unexpected(detail), consequence: .rolledBack)
    }
}

extension Failure {
    /// Reads the SQLSTATE (PostgreSQL manual, appendix A) out of an error reply.
    ///
    /// The server's DETAIL, which quotes rows, is never read; nor is the message of a class whose
    /// messages quote values.
    init(reply: OpaquePointer) {
        let state = unsafe Self.field(pq_diag_sqlstate, of: reply)
        guard !state.isEmpty else {
            // Only libpq itself reports errors without a state, and only about the connection.
            self = .disconnected("the connection was lost")
            return
        }
        let message = unsafe Self.field(pq_diag_message, of: reply)
        let constraint = unsafe Self.field(pq_diag_constraint, of: reply)
        self.init(state: state, message: message, constraint: constraint)
    }

    init(state: String, message: String, constraint: String) {
        let quoting = ["08", "25", "28", "3D", "40", "42", "53", "55", "57", "58"]
        let detail = quoting.contains(String(state.prefix(2))) ? "\(message) (\(state))" : "SQLSTATE \(state)"
        switch state {
        case "40001", "40P01":
            self.init(fault: .busy(detail), consequence: .conflict)
        case "53100":
            self.init(fault: .full(detail), consequence: .rolledBack)
        case "57014", "55P03":
            self.init(fault: .busy(detail), consequence: .rolledBack)
        case "25P03":
            // The server hung up on a transaction that sat idle: this process was stopped for too long.
            self.init(fault: .busy(detail), consequence: .disconnected)
        case "0A000":
            // Only what a standby says to BEGIN READ WRITE is meant: the next connection may find the primary.
            self = .disconnected("the server is a standby (\(state))")
        // 25006 is what a standby says to a change.
        case "25006", "57P01", "57P02", "57P03", "57P04", "57P05", "53300":
            self.init(fault: .unavailable(detail), consequence: .disconnected)
        case "XX001", "XX002":
            self.init(fault: .damaged(detail), consequence: .rolledBack)
        default:
            switch state.prefix(2) {
            case "23":
                self.init(fault: .constraint(constraint.isEmpty ? detail : constraint), consequence: .rolledBack)
            case "08": self.init(fault: .unavailable(detail), consequence: .disconnected)
            case "53": self.init(fault: .unavailable(detail), consequence: .rolledBack)
            case "58": self.init(fault: .inputOutput(detail), consequence: .rolledBack)
            default: self.init(fault: .unexpected(detail), consequence: .rolledBack)
            }
        }
    }

    private static func field(_ code: Int32, of reply: OpaquePointer) -> String {
        guard let text = unsafe pq_resultErrorField(reply, code) else { return "" }
        return unsafe String(cString: text)
    }
}
