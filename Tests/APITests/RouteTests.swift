import Domain
import Flows
import HTTP
import Standards
import Storage
import TestSupport
import Testing

@testable import API

@Suite("Every route of the table") struct RouteTests {
    @Test func `says what it reads, what it answers, and everything it refuses`() async throws {
        try await withAPI { api in
            for route in api.api.routes {
                let description = route.description
                #expect(!description.sentence.isEmpty)
                #expect((200..<300).contains(description.status))
                #expect(description.responseFields.contains { $0.name == "Cache-Control" }, "\(route.path)")
                if let members = description.response.members {
                    #expect(!members.isEmpty && members.allSatisfy { !$0.sentence.isEmpty })
                } else if description.media == "application/json" {
                    #expect(description.response == .anyObject, "\(route.path) answers no object")
                }
                #expect(Set(description.problems.map(\.code)).count == description.problems.count)
                #expect(
                    description.problems.allSatisfy {
                        ($0.status == 302 || (400..<600).contains($0.status)) && !$0.message.isEmpty
                    })
                if route.access.needsProof {
                    #expect(description.problems.contains { $0.code == "authentication_required" })
                }
                if case .json = description.request {
                    #expect(description.problems.contains { $0.code == "validation_error" })
                }
                #expect(description.path.map(\.name) == route.operation.pathParameters, "\(route.path)")
            }
        }
    }

    @Test func `answers at once what it would have answered later`() async throws {
        try await withAPI { api in
            var answered: [String] = []
            for method in [Method.get, .head, .delete, .options] {
                for path in api.api.routes.map(\.samplePath) + ["/nowhere", "/api/../health"] {
                    guard let request = Request(method: method, target: path),
                        let now = api.api.answerNow(request)
                    else { continue }
                    let later = await api.api.answer(request)
                    let what: Comment = "\(method.rawValue) \(path)"
                    #expect(now.status == later.status && now.body == later.body && now.code == later.code, what)
                    #expect(now.headers.pairs.map(\.name) == later.headers.pairs.map(\.name), what)
                    #expect(now.headers.pairs.map(\.value) == later.headers.pairs.map(\.value), what)
                    if now.status == 200, method == .get { answered.append(path) }
                }
            }
            for path in ["/", "/health", "/.well-known/jwks.json"] { #expect(answered.contains(path), "\(path)") }
            // What asks the database is passed on, and is not counted before it is answered.
            let counted = api.api.metrics.counts.map(\.count).reduce(0, +)
            let passedOn = api.api.answerNow(try #require(Request(method: .get, target: "/dbstatus")))
            #expect(passedOn?.status == nil)
            #expect(api.api.metrics.counts.map(\.count).reduce(0, +) == counted)
            let large = try #require(
                Request(method: .get, target: "/health", body: [UInt8](repeating: 0x20, count: 5_000)))
            #expect(api.api.answerNow(large)?.status == 413)
        }
    }

    @Test func `refuses a stranger with the same answer wherever it is not open`() async throws {
        try await withAPI { api in
            var answers: Set<[UInt8]> = []
            for route in api.api.routes where route.access.needsProof {
                let response = try await api.send(
                    "", route.method, route.samplePath, route.method == .post ? "{}" : nil)
                #expect(response.status == 401)
                #expect(response.headers["WWW-Authenticate"] == "Bearer")
                answers.insert(response.body)
            }
            #expect(answers == [Array(#"{"error":"Authentication required","code":"authentication_required"}"#.utf8)])
        }
    }

    static let malformed: [(String, [UInt8])] = [
        ("nothing", []), ("a brace", Array("{".utf8)), ("text", Array("hello".utf8)),
        ("a null", Array("null".utf8)), ("a number", Array("1".utf8)), ("a list", Array("[]".utf8)),
        ("two values", Array("{}{}".utf8)), ("a huge number", Array(#"{"username":1e400}"#.utf8)),
        ("a number that is not 64 bits", Array(#"{"password":123456789012345678901234567890}"#.utf8)),
        ("a duplicate name", Array(#"{"username":"a","username":"b"}"#.utf8)),
        ("half of a surrogate pair", Array(#"{"username":"\ud800","email":"x","password":"y"}"#.utf8)),
        ("deep nesting", Array((String(repeating: "[", count: 3_000) + String(repeating: "]", count: 500)).utf8)),
        ("deep objects", Array(String(repeating: #"{"a":"#, count: 600).utf8)),
        ("what is not UTF-8", Array(#"{"username":""#.utf8) + [0xC3, 0x28] + Array(#""}"#.utf8)),
        ("an encoded surrogate", Array(#"{"username":""#.utf8) + [0xED, 0xA0, 0x80] + Array(#""}"#.utf8)),
        ("a NUL", Array("{\"username\":\"a\u{0}\"}".utf8)),
        ("an escaped NUL", Array(#"{"username":"a\u0000","email":"b","refresh_token":7}"#.utf8)),
        ("a byte order mark", [0xEF, 0xBB, 0xBF] + Array("{}".utf8)),
        ("wrong types", Array(#"{"username":{},"email":[],"password":true,"refresh_token":null}"#.utf8)),
        ("a body beyond the limit", [UInt8](repeating: 0x20, count: 20_000)),
    ]

    @Test(arguments: malformed.indices)
    func `answers a malformed body with a 4xx, never a 5xx`(_ index: Int) async throws {
        let (what, body) = Self.malformed[index]
        try await withAPI { api in
            _ = try await api.world.signUp()
            try await api.world.grant(role: "admin", to: "maria")
            for route in api.api.routes {
                guard case .signedIn(let tokens) = try await api.world.signIn() else {
                    Issue.record("maria cannot sign in")
                    return
                }
                var headers = Headers()
                headers.add("Content-Type", "application/json")
                headers.add("Authorization", "Bearer \(tokens.accessToken)")
                let request = try #require(
                    Request(method: route.method, target: route.samplePath, headers: headers, body: body))
                let response = await api.api.answer(request)
                #expect(response.status < 500, "\(route.path) given \(what)")
                if case .json = route.description.request {
                    #expect((400..<500).contains(response.status), "\(route.path) given \(what)")
                }
            }
        }
    }

    /// Answers what it read from the path and from elsewhere.
    private struct Places: Endpoint {
        struct Place: Sendable {
            let id: ID<User>
            let number: Int64
        }

        struct Input: Sendable {
            let place: Place
            let word: String?
        }

        struct Word: Sendable {
            let word: String?
        }

        static let sentence = "Answers where it was found."
        static let place: Schema<Place> = .object(
            Place.init(id:number:), Field("id", .identifier(), \.id, "Whose."),
            Field("number", .integer(1...9, example: 3), \.number, "Which."))
        static let input: Intake<Input> = .path(
            place,
            and: .query(
                .object(Word.init(word:), Field(optional: "word", .text(bytes: 1...4, example: "hi"), \.word, "What."))),
            { Input(place: $0, word: $1.word) })
        static let output: Schema<HealthReply> = HealthReply.schema
        func callAsFunction(
            _ input: Input, _ caller: Visitor
        ) async throws(StoreFault) -> Answer<HealthReply, NoRefusal> {
            .success(HealthReply(status: "\(input.place.id.text) \(input.place.number) \(input.word ?? "-")"))
        }
    }

    @Test func `with places in its path reads them by their description, or does not exist`() async throws {
        let path = "/things/{id}/numbers/{number}"
        let id = "01936f3e-8a2b-7c4d-9e5f-1a2b3c4d5e6f"
        try await withAPI(routes: [Route(.get, path, .open, Places())]) { api in
            let found = try await api.send("", .get, "/things/\(id)/numbers/7?word=yes")
            #expect(found.status == 200 && String(decoding: found.body, as: UTF8.self).contains("\(id) 7 yes"))
            for wrong in ["/things/x/numbers/7", "/things/\(id)/numbers/10", "/things/\(id)/numbers/07"] {
                let answer = try await api.send("", .get, wrong)
                #expect(answer.status == 404 && answer.code == "not_found", "\(wrong)")
            }
            let misread = try await api.send("", .get, "/things/\(id)/numbers/7?word=")
            #expect(misread.status == 400 && misread.code == "validation_error")
            let document = OpenAPI.document(of: api.api.routes.map(\.operation), version: "1")
            let parameters = document["paths"]?[path]?["get"]?["parameters"]?.array ?? []
            #expect(parameters.map { $0["name"]?.string } == ["id", "number", "word"])
            #expect(parameters.map { $0["in"]?.string } == ["path", "path", "query"])
            #expect(parameters.map { $0["required"] } == [true, true, nil])
            #expect(parameters.first?["schema"]?["format"]?.string == "uuid")
        }
    }

    private struct Pong: Endpoint {
        static let sentence = "Answers whoever may call it."
        static let input = Intake.nothing
        static let output: Schema<HealthReply> = HealthReply.schema
        func callAsFunction(_ input: Void, _ caller: Authorized) async throws(StoreFault) -> Answer<
            HealthReply, NoRefusal
        > {
            .success(HealthReply(status: "ok"))
        }
    }

    @Test func `with a permission is open for its holders, direct or through a role`() async throws {
        let pair = try #require(Permission.Pair(resource: "messages", action: "read"))
        try await withAPI(routes: [Route(.get, "/messages", .permission(pair), Pong())]) { api in
            let flows = api.world.useCases
            let maria = try await api.world.signUp("maria").accessToken
            let pedro = try await api.world.signUp("pedro").accessToken
            _ = try await flows.createPermission(
                resource: "messages", action: "read", name: "reading", description: "", in: .standard, by: .commandLine)
            let refused = try await api.send("", .get, "/messages", token: maria)
            #expect(refused.status == 403)
            #expect(
                String(decoding: refused.body, as: UTF8.self)
                    == #"{"error":"Permission 'messages:read' required","code":"permission_required"}"#)
            _ = try await flows.changeGrant(
                .permissionToUser(permission: "messages:read", user: "maria"), isGrant: true, in: .standard,
                by: .commandLine)
            try await api.world.grant(role: "reader", to: "pedro")
            _ = try await flows.changeGrant(
                .permissionToRole(permission: "reading", role: "reader"), isGrant: true, in: .standard, by: .commandLine
            )
            for token in [maria, pedro] {
                let admitted = try await api.send("", .get, "/messages", token: token)
                #expect(admitted.status == 200)
            }
        }
    }

    @Test func `remembers whom it sent away, folded, and never the token`() async throws {
        try await withAPI { api in
            let token = try await api.world.signUp().accessToken
            for _ in 0..<3 { try await api.send("", .get, "/api/auth/me", token: "nonsense-token") }
            try await api.send("", .get, "/api/auth/me")
            try await api.send("", .get, "/api/audit/logs", token: token)
            try await api.world.useCases.refusals.flush()
            let refused = try await api.world.audit(count: 5).filter { !$0.status }
            let reasons = Set(refused.map { "\($0.this["reason"]?.string ?? "") \($0.this["route"]?.string ?? "")" })
            #expect(
                reasons == [
                    "bad_token /api/auth/me", "no_credentials /api/auth/me", "permission_required /api/audit/logs",
                ])
            #expect(refused.contains { $0.this["count"]?.integer == 3 })
            #expect(refused.allSatisfy { !$0.json.text.utf8.elementsContain("nonsense-token") })
        }
    }
}

extension String.UTF8View {
    fileprivate func elementsContain(_ text: String) -> Bool {
        let wanted = Array(text.utf8)
        let all = Array(self)
        guard all.count >= wanted.count else { return false }
        return (0...all.count - wanted.count).contains { all[$0..<$0 + wanted.count].elementsEqual(wanted) }
    }
}
