internal import HTTP
internal import Standards

/// The control socket's side of a command: one path, one method, JSON in and out.
///
/// Who may connect is decided before: the socket has mode 600 and the peer's user is checked by the server.
enum ControlEndpoint {
    static let path = "/control"
    static let socketName = "control.sock"
    /// `sun_path`'s size, which counts a final NUL (unix(7)).
    static let longestSocketPath = 108

    static func answer(_ request: Request, _ premises: Premises) async -> Response {
        if request.method == .post, request.path == AuditFeed.path { return await AuditFeed.answer(request, premises) }
        guard request.method == .post, request.path == path else { return response(404, "This is the control socket.") }
        guard let json = try? JSON.parse(request.body), let command = ControlRequest(json) else {
            return response(400, "The server does not know this command; is it of another version?")
        }
        return response(200, await command.perform(premises))
    }

    private static func response(_ status: Int, _ message: String) -> Response {
        response(status, ControlReply(.refused, message, ["code": "not_understood"]))
    }

    private static func response(_ status: Int, _ reply: ControlReply) -> Response {
        var headers = Headers()
        headers.add("Content-Type", "application/json")
        return Response(status: status, headers: headers, body: reply.json.bytes)
    }
}
