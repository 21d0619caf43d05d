internal import Domain
internal import Flows
public import HTTP

extension Problem {
    /// S0's body, `{"error":…,"code":…}`, with `details` for a validation error.
    public var response: Response {
        var headers = Headers.json
        if let challenge { headers.add("WWW-Authenticate", challenge) }
        if let retryAfter { headers.add("Retry-After", String(Self.wholeSeconds(retryAfter))) }
        return Response(status: status, headers: headers, body: body)
    }

    private var body: [UInt8] {
        var body: [UInt8] = []
        body.append(text: "{\"error\":")
        body.append(jsonString: message)
        body.append(text: ",\"code\":")
        body.append(jsonString: code)
        if !details.isEmpty {
            body.append(text: ",\"details\":{")
            var written: [String] = []
            for field in details.map(\.field) where !written.contains(field) {
                if !written.isEmpty { body.append(UInt8(ascii: ",")) }
                written.append(field)
                body.append(jsonString: field)
                body.append(text: ":[")
                for (index, problem) in details.filter({ $0.field == field }).enumerated() {
                    if index > 0 { body.append(UInt8(ascii: ",")) }
                    body.append(jsonString: problem.message)
                }
                body.append(UInt8(ascii: "]"))
            }
            body.append(UInt8(ascii: "}"))
        }
        body.append(UInt8(ascii: "}"))
        return body
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
