/// The database itself failed. For operators: a client only ever learns "try again later".
public enum StoreFault: Error, Equatable, Sendable {
    /// No connection, or it was lost; nothing is known to be wrong with the request.
    case unavailable(String)
    /// The disk, or the quota, is full. Nothing was written.
    case full(String)
    /// Reading or writing the disk failed.
    case inputOutput(String)
    /// A constraint refused the change, in a place where the caller could not foresee it.
    case constraint(String)
    /// Another transaction was in the way for too long.
    case busy(String)
    /// The file is damaged, or is not a database of ours.
    case damaged(String)
    /// The store was closed.
    case closed
    /// A statement that should have worked did not: a mistake of ours.
    case unexpected(String)
}

extension StoreFault: CustomStringConvertible {
    public var description: String {
        switch self {
        case .unavailable(let detail): "database unavailable: \(detail)"
        case .full(let detail): "database full: \(detail)"
        case .inputOutput(let detail): "database input/output error: \(detail)"
        case .constraint(let detail): "constraint refused the change: \(detail)"
        case .busy(let detail): "database busy: \(detail)"
        case .damaged(let detail): "database damaged: \(detail)"
        case .closed: "database closed"
        case .unexpected(let detail): "unexpected database error: \(detail)"
        }
    }
}
