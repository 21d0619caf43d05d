extension Response {
    /// What the HTTP layer refuses by itself, in the shape of every error of this server: `{"error":…,"code":…}`.
    ///
    /// - Parameters:
    ///   - code: for programs; it never changes.
    ///   - sentence: for people. Both are words of ours: printable ASCII that JSON takes as it is.
    public static func refusal(status: Int, code: String, sentence: String) -> Response {
        var headers = Headers()
        headers.set("Content-Type", "application/json")
        headers.set("Cache-Control", "no-store")
        headers.set("X-Content-Type-Options", "nosniff")
        return Response(
            status: status, headers: headers, body: Array(#"{"error":"\#(sentence)","code":"\#(code)"}"#.utf8))
    }

    /// The head or the body did not arrive in time (RFC 9110 §15.5.9).
    public static var requestTimeout: Response {
        refusal(status: 408, code: "request_timeout", sentence: "The request did not arrive in time.")
    }

    /// No place is left for this connection.
    public static var tooManyConnections: Response {
        var response = refusal(
            status: 503, code: "too_many_connections", sentence: "There are too many connections; try again later.")
        response.headers.set("Retry-After", "1")
        return response
    }

    /// Requests from there have ended the server again and again.
    public static var sourceBlocked: Response {
        refusal(
            status: 403, code: "source_blocked", sentence: "Requests from this address are refused for some minutes.")
    }

    /// The client spoke HTTP where TLS is expected.
    public static var tlsExpected: Response {
        refusal(status: 400, code: "tls_expected", sentence: "This port speaks TLS only: use https.")
    }
}
