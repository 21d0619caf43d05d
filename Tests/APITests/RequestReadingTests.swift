import Domain
import Flows
import HTTP
import Standards
import Storage
import Testing

@testable import API

@Suite("Reading a request") struct RequestReadingTests {
    static let tokens: [([String], BearerToken)] = [
        ([], .absent), (["Bearer abc"], .presented(Array("abc".utf8)[...])),
        (["bearer abc"], .presented(Array("abc".utf8)[...])),
        (["BEARER   abc"], .presented(Array("abc".utf8)[...])), (["Bearer"], .malformed), (["Bearer "], .malformed),
        (["Bearerabc"], .malformed), (["Basic abc"], .malformed), ([""], .malformed),
        (["Bearer a", "Bearer a"], .malformed), (["Bearer\tabc"], .malformed),
    ]

    @Test(arguments: tokens.indices)
    func `one Authorization field with the scheme Bearer, in any case`(_ index: Int) {
        let (values, expected) = Self.tokens[index]
        var headers = Headers()
        for value in values { headers.add("Authorization", value) }
        #expect(BearerToken(headers) == expected, "\(values)")
    }

    static let types: [(String?, Bool)] = [
        (nil, false), ("", false), ("application/json", true), ("APPLICATION/JSON", true),
        ("application/json; charset=utf-8", true), ("application/json;x", true), ("application/json ; a=b", true),
        ("application/jsonp", false), ("application/json-patch+json", false), ("text/json", false),
        ("application/x-www-form-urlencoded", false), ("application\u{F}json", false),
    ]

    @Test(arguments: types)
    func `JSON is application/json with any parameters`(_ value: String?, _ expected: Bool) {
        #expect(MediaType.isJSON(value) == expected)
    }

    static let agents: [(String, String)] = [
        ("curl/8", "curl/8"), ("a\u{1}b\u{7F}c\u{85}d", "a b cd"),
        (String(repeating: "é", count: 200), String(repeating: "é", count: 128)),
        ("a" + String(repeating: "é", count: 200), "a" + String(repeating: "é", count: 127)),
    ]

    @Test(arguments: agents)
    func `a user agent is held to 256 bytes without control characters`(_ sent: String, _ held: String) throws {
        var request = try #require(Request(method: .get, target: "/"))
        request.headers.add("User-Agent", sent)
        request.client = .ip(try #require(IPAddress("2001:db8:1:2:3::4")))
        request.id = "r1"
        let source = Source(request)
        #expect(source.userAgent == held)
        #expect(source.address == "2001:db8:1:2:3::4" && source.network == "2001:db8:1:2::/64")
        #expect(source.requestID == "r1")
    }

    @Test func `a full queue says when to come back, in whole seconds, rounded up`() {
        for (delay, seconds) in [(Duration.milliseconds(1), "1"), (.milliseconds(1_500), "2"), (.seconds(3), "3")] {
            for response in [
                SignUp.Refusal.busy(retryAfter: delay).problem.response,
                SignIn.Refusal.busy(retryAfter: delay).problem.response,
            ] {
                #expect(response.status == 503)
                #expect(response.headers["Retry-After"] == seconds)
            }
        }
    }

    @Test func `every fault of the database is a 503, a mistake of ours a 500 without detail`() {
        let faults: [StoreFault] = [
            .unavailable("x"), .full("x"), .inputOutput("x"), .constraint("x"), .busy("x"), .damaged("x"), .closed,
        ]
        for fault in faults {
            #expect(Problem(fault).status == 503)
            #expect(Problem(fault).response.headers["Retry-After"] == "1")
        }
        #expect(
            String(decoding: Problem(StoreFault.unexpected("secret")).response.body, as: UTF8.self)
                == #"{"error":"Server error","code":"server_error"}"#)
    }
}
