internal import Domain
internal import Flows
internal import HTTP
internal import Standards
internal import Storage

/// The control socket's side of reading the audit: lines of JSON for as long as there is something to tell.
///
/// Each is an object with some of `line`, `cursor` (where to go on), `end`, `error` (there is nothing to read) and
/// `unavailable` (the database cannot be asked now). Without `end`, the answer broke off.
enum AuditFeed {
    static let path = "/control/audit"
    private static let filler = BodyStream.Filler(bytes: [0x0A], period: .seconds(15))

    static func answer(_ request: Request, _ premises: Premises) async -> Response {
        var headers = Headers()
        headers.add("Content-Type", "application/jsonl")
        guard let json = try? JSON.parse(request.body), let query = AuditQuery(json) else {
            return Response(status: 400, headers: headers)
        }
        do throws(StoreFault) {
            guard let name = RealmName(query.realm), try await premises.useCases.realms.find(name) != nil else {
                return Response(
                    status: 200, headers: headers, body: line(["error": .string(noRealm(query.realm))]))
            }
            return follow(query, in: name, headers, premises)
        } catch {
            return Response(
                status: 200, headers: headers, body: line(["unavailable": .string(error.sentence)]))
        }
    }

    private static func follow(
        _ query: AuditQuery, in realm: RealmName, _ headers: Headers, _ premises: Premises
    ) -> Response {
        let source = AuditSource(query, realm: realm, premises.useCases.listEvents)
        return Response(status: 200, headers: headers, stream: BodyStream(filler: filler) { await next(source, query) })
    }

    static func noRealm(_ name: String) -> String { "There is no realm '\(name)'." }

    /// The last piece but one holds the end, so that a source is asked once more and says nothing.
    private static func next(_ source: AuditSource, _ query: AuditQuery) async -> [UInt8]? {
        do throws(StoreFault) {
            guard let part = try await source.next(follows: query.follows) else { return source.end() }
            var bytes: [UInt8] = []
            for entry in part.lines { bytes += line(["line": entry.jsonWithID]) }
            return bytes + line(["cursor": .string(part.position.cursor)])
        } catch { return source.end(failing: error.sentence) }
    }

    static func line(_ json: JSON) -> [UInt8] { json.bytes + [0x0A] }
}

extension AuditSource {
    /// Once; afterwards nothing.
    fileprivate func end(failing reason: String? = nil) -> [UInt8]? {
        guard finish() else { return nil }
        // A follower's end is the server's: the reader comes again.
        return AuditFeed.line(reason.map { ["unavailable": .string($0)] } ?? ["end": true])
    }
}
