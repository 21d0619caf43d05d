internal import Domain
internal import Flows
public import HTTP
internal import Standards

extension Problem {
    /// The body, `{"error":…,"code":…}`, with `details` for a validation error.
    public var response: Response {
        var headers = Headers.json
        if let challenge { headers.add("WWW-Authenticate", challenge) }
        if let retryAfter { headers.add("Retry-After", String(Self.wholeSeconds(retryAfter))) }
        if let location { headers.add("Location", location) }
        var response = Response(status: status, headers: headers, body: body)
        response.code = code
        response.caller = caller
        return response
    }

    private var body: [UInt8] {
        var writer = JSONWriter()
        writer.object { writer in
            writer.member("error", message)
            writer.member("code", code)
            guard !details.isEmpty else { return }
            writer.name("details")
            writer.object { writer in
                for (field, messages) in messagesByField { writer.member(field, messages) }
            }
        }
        return writer.bytes
    }

    /// In the order in which the fields first appear.
    private var messagesByField: [(String, [String])] {
        var fields: [String] = []
        for problem in details where !fields.contains(problem.field) { fields.append(problem.field) }
        return fields.map { field in (field, details.filter { $0.field == field }.map(\.message)) }
    }

    /// `Retry-After` has whole seconds: rounded up, and at least one.
    private static func wholeSeconds(_ delay: Duration) -> Int64 {
        let milliseconds = max(delay.wholeMilliseconds, 1)
        return milliseconds / 1_000 + (milliseconds % 1_000 == 0 ? 0 : 1)
    }
}

extension Headers {
    /// Of every JSON answer unless its endpoint says otherwise: answers hold credentials or say who somebody is.
    static let json: Headers = {
        var headers = Headers()
        headers.add("Content-Type", "application/json")
        headers.add("Cache-Control", "no-store")
        headers.add("X-Content-Type-Options", "nosniff")
        return headers
    }()
}
