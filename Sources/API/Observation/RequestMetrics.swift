public import Concurrency
internal import HTTP

/// Counts and times every request by what it was for, never by what it said: a client cannot add a row.
///
/// Each route of the table has a row, and another for HEAD where GET answers it. What reached no route is counted by
/// its method alone, so that a scanner's thousand paths are one row.
public final class RequestMetrics: Sendable {
    /// By row.
    public let labels: [Label]
    private let routes: Int
    private let answers: Tallies
    private let times: Histogram

    /// What a row stands for.
    public struct Label: Sendable {
        public let method: String
        /// A route's template, `unmatched`, or `preflight` for questions of browsers that a policy answered.
        public let route: String
    }

    /// The statuses that are told apart; every other one is counted in the column behind them.
    static let statuses = [
        200, 201, 202, 204, 206, 301, 302, 303, 304, 307, 308, 400, 401, 403, 404, 405, 406, 408, 409, 410, 412, 413,
        414,
        415, 416, 421, 422, 428, 429, 431, 500, 501, 502, 503, 504,
    ]
    private static let columns: [UInt8] = (0..<600).map { status in
        UInt8(statuses.firstIndex(of: status) ?? statuses.count)
    }
    private static let width = statuses.count + 1

    init(_ routes: [Route], lanes: Int) {
        self.routes = routes.count
        labels =
            routes.map { Label(method: $0.method.rawValue, route: $0.path) }
            + routes.map { Label(method: Method.head.rawValue, route: $0.path) }
            + Method.allCases.map { Label(method: $0.rawValue, route: "unmatched") }
            + [Label(method: Method.options.rawValue, route: "preflight")]
        answers = Tallies(count: labels.count * Self.width, lanes: lanes)
        times = Histogram(bounds: Histogram.latencies, rows: labels.count, lanes: lanes)
    }

    /// A row for a route's place in the table.
    @inline(__always)
    func row(_ place: Int, isHead: Bool) -> Int { isHead ? routes + place : place }

    func unmatched(_ method: Method) -> Int { 2 * routes + (Method.allCases.firstIndex(of: method) ?? 0) }

    var preflight: Int { labels.count - 1 }

    func note(row: Int, status: Int, nanoseconds: UInt64) {
        let column = Self.columns.indices.contains(status) ? Int(Self.columns[status]) : Self.statuses.count
        answers.add(at: row * Self.width + column)
        times.note(nanoseconds, row: row)
    }

    /// How often each row was answered with each status; what never happened is left out.
    public var counts: [(label: Label, status: String, count: UInt64)] {
        labels.indices.flatMap { row in
            (0..<Self.width).compactMap { column in
                let count = answers.sum(at: row * Self.width + column)
                guard count > 0 else { return nil }
                let status = column < Self.statuses.count ? String(Self.statuses[column]) : "other"
                return (labels[row], status, count)
            }
        }
    }

    /// In nanoseconds, from the moment a request was read whole to the moment its answer was ready to be written.
    public var latencies: [(label: Label, Distribution)] {
        labels.indices.compactMap { row in
            let distribution = times.distribution(row: row)
            return distribution.total > 0 ? (labels[row], distribution) : nil
        }
    }
}
