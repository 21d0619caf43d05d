public import Concurrency
public import Domain
public import HTTP

/// Writes down each request once it was answered. Called on the event loops: it must not wait.
public protocol RequestLog: Sendable {
    /// - Parameters:
    ///   - realm: whose the request was; the default one for what belongs to none.
    ///   - row: of ``RequestMetrics/labels``: what the request was for.
    ///   - nanoseconds: how long the answer took.
    ///   - end: when it was ready.
    func note(
        _ request: Request, _ response: Response, realm: RealmName, row: Int, nanoseconds: UInt64, end: MonotonicTime)
}
