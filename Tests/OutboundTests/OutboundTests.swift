import CCurl
import Concurrency
import Domain
import Flows
import Testing

@testable import Outbound

@Suite("Mail on its way out") struct SMTPVerdictTests {
    @Test(
        arguments: [
            (CURLE_OK, 250, true, .sent),
            // Answers to the letter itself.
            (CURLE_SEND_ERROR, 550, false, .refused(code: "answer_550")),
            (CURLE_SEND_ERROR, 553, false, .refused(code: "answer_553")),
            (CURLE_SEND_ERROR, 450, false, .putOff(code: "answer_450")),
            (CURLE_WEIRD_SERVER_REPLY, 554, true, .refused(code: "answer_554")),
            (CURLE_WEIRD_SERVER_REPLY, 452, true, .putOff(code: "answer_452")),
            // The same would happen to any other letter.
            (CURLE_WEIRD_SERVER_REPLY, 554, false, .unreachable(code: "answer_554")),
            (CURLE_SEND_ERROR, 421, false, .unreachable(code: "answer_421")),
            (CURLE_SEND_ERROR, 530, false, .unreachable(code: "answer_530")),
            (CURLE_SEND_ERROR, 0, false, .unreachable(code: "connection_lost")),
            (CURLE_LOGIN_DENIED, 535, false, .unreachable(code: "login_denied")),
            (CURLE_COULDNT_CONNECT, 0, false, .unreachable(code: "no_connection")),
            (CURLE_OPERATION_TIMEDOUT, 354, false, .unreachable(code: "timed_out")),
            (CURLE_PEER_FAILED_VERIFICATION, 220, false, .unreachable(code: "certificate_not_trusted")),
            (CURLE_USE_SSL_FAILED, 250, false, .unreachable(code: "no_starttls")),
            (CURLE_ABORTED_BY_CALLBACK, 250, false, .putOff(code: "stopped")),
        ] as [(CURLcode, Int, Bool, MailVerdict)])
    func `only an answer to the letter itself is for good`(
        _ code: CURLcode, _ status: Int, _ sentAll: Bool, _ verdict: MailVerdict
    ) {
        #expect(SMTPSender.verdict(code, status: status, sentAll: sentAll) == verdict)
    }

    @Test func `libcurl is there`() { #expect(SMTPSender.problem == nil) }
}

@Suite("Documents of other servers") struct HTTPSGetTests {
    @Test(arguments: ["http://127.0.0.1:1/", "file:///etc/passwd", "", "https://a b/", "HTTPS://x", "https://x\r\n"])
    func `nothing but https is asked`(_ url: String) async {
        let pool = ThreadPool(name: "test-web", threads: 1)
        defer { pool.shutDown() }
        await #expect(throws: HTTPSGet.Fault.notHTTPS) {
            _ = try await HTTPSGet(pool: pool).get(url, maxBytes: 10, timeout: .seconds(1))
        }
    }

    @Test func `where nobody listens there is no answer`() async {
        let pool = ThreadPool(name: "test-web", threads: 1)
        defer { pool.shutDown() }
        await #expect(throws: HTTPSGet.Fault.unreachable(code: "no_connection")) {
            _ = try await HTTPSGet(pool: pool).get("https://127.0.0.1:1/", maxBytes: 10, timeout: .seconds(5))
        }
    }

    @Test func `a header with a line end is not sent`() async {
        let pool = ThreadPool(name: "test-web", threads: 1)
        defer { pool.shutDown() }
        await #expect(throws: HTTPSGet.Fault.unreachable(code: "libcurl")) {
            _ = try await HTTPSGet(pool: pool).get(
                "https://127.0.0.1:1/", headers: ["A: b\r\nC: d"], maxBytes: 10, timeout: .seconds(5))
        }
    }
}

@Suite("Commands sent to other servers") struct HTTPPostTests {
    @Test func `where nobody listens there is no answer`() {
        for isPlain in [true, false] {
            let post = HTTPPost(
                url: "\(isPlain ? "http" : "https")://127.0.0.1:1/", isPlain: isPlain, caFile: nil,
                timeout: .seconds(5))
            #expect(throws: HTTPPost.Fault.noConnection) { _ = try post([], headers: [], maxBytes: 10) }
        }
    }

    @Test func `nothing but what was asked for is spoken`() {
        for (url, isPlain) in [
            ("http://127.0.0.1:1/", false), ("https://127.0.0.1:1/", true), ("file:///etc/passwd", true),
            ("smtp://127.0.0.1:1/", false),
        ] {
            let post = HTTPPost(url: url, isPlain: isPlain, caFile: nil, timeout: .seconds(5))
            #expect(throws: HTTPPost.Fault.other(code: "curl_1"), "\(url)") {
                _ = try post([], headers: [], maxBytes: 10)
            }
        }
    }

    @Test func `a secret with a line end is not sent`() {
        let post = HTTPPost(url: "http://127.0.0.1:1/", isPlain: true, caFile: nil, timeout: .seconds(5))
        #expect(throws: HTTPPost.Fault.unusable("libcurl does not take the request")) {
            _ = try post([], headers: [], secrets: [("A", Secret(utf8: "b\r\nC: d"))], maxBytes: 10)
        }
    }
}
