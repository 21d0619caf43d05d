import Concurrency
import Flows
import HTTP
import Pages
import Standards
import TestSupport
import Testing

@testable import API

@Suite("Documents") struct DocumentTests {
    private static let content = [UInt8](repeating: 0x61, count: 5_000)

    private func request(_ fields: [(FieldName, String)] = []) throws -> Request {
        var headers = Headers()
        for (name, value) in fields { headers.add(name, value) }
        return try #require(Request(method: .get, target: "/x", headers: headers))
    }

    @Test func `each form has a tag of its own, and 304 for whoever has just that form`() throws {
        let version = DocumentVersion(Self.content, isCompressed: true)
        let caching = DocumentCaching(maxAge: 0, isCompressed: true)
        let plain = caching.answer(try request(), version, media: "text/plain")
        let packed = caching.answer(try request([("Accept-Encoding", "gzip")]), version, media: "text/plain")
        #expect(plain.body == Self.content && plain.headers["Content-Encoding"] == nil)
        #expect(packed.body == Gzip.compress(Self.content, .kept) && packed.headers["Content-Encoding"] == "gzip")
        let (plainTag, packedTag) = (try #require(plain.headers["ETag"]), try #require(packed.headers["ETag"]))
        #expect(plainTag != packedTag)
        for (tag, accepted, status) in [
            (plainTag, "identity", 304), (packedTag, "gzip", 304), (packedTag, "identity", 200),
            (plainTag, "gzip", 200),
        ] {
            let fields: [(FieldName, String)] = [("If-None-Match", tag), ("Accept-Encoding", accepted)]
            let again = caching.answer(try request(fields), version, media: "text/plain")
            #expect(again.status == status)
            #expect(again.headers["Vary"] == "Accept-Encoding")
            #expect(again.body.isEmpty == (status == 304) && again.headers.contains("Content-Type") == (status == 200))
        }
    }

    @Test func `what does not get smaller is sent as it is`() throws {
        let caching = DocumentCaching(maxAge: 60, isCompressed: true)
        let version = DocumentVersion(Array("{}".utf8), isCompressed: true)
        let answer = caching.answer(try request([("Accept-Encoding", "gzip")]), version, media: "text/plain")
        #expect(answer.headers["Content-Encoding"] == nil && answer.body == Array("{}".utf8))
        #expect(answer.headers["Cache-Control"] == "public, max-age=60")
    }

    @Test func `a text that is made anew is compressed above a size, and says what it depended on`() throws {
        let asked = try request([("Accept-Encoding", "gzip")])
        let large = Response(status: 200, body: Self.content)
        let packed = large.compressed(for: asked)
        #expect(packed.headers["Content-Encoding"] == "gzip" && packed.headers["Vary"] == "Accept-Encoding")
        #expect(packed.body == Gzip.compress(Self.content, .once))
        let plain = large.compressed(for: try request())
        #expect(plain.headers["Content-Encoding"] == nil && plain.headers["Vary"] == "Accept-Encoding")
        let small = Response(status: 200, body: [UInt8](repeating: 0x61, count: 1_024)).compressed(for: asked)
        #expect(small.body.count == 1_024 && small.headers.isEmpty)
    }

    @Test func `no route but those of public documents compresses`() async throws {
        try await withAPI { api in
            let token = try await api.world.signUp().accessToken
            for route in api.api.routes {
                let response = try await api.send(
                    "", route.method, route.samplePath, route.method == .post ? "{}" : nil, token: token,
                    fields: [("Accept-Encoding", "gzip")])
                let isDescribed = route.description.responseFields.contains(.contentEncoding)
                #expect(response.headers.contains("Content-Encoding") == isDescribed, "\(route.path)")
                if isDescribed { #expect(route.access == .open && route.description.request == .nothing) }
            }
        }
    }

    @Test func `a document is made once, when it is first asked for`() throws {
        let count = Counter()
        let document = ConstantDocument {
            count.value.withLock { $0 += 1 }
            return Self.content
        }
        #expect(count.value.withLock { $0 } == 0)
        _ = document.newest
        _ = document.newest
        #expect(count.value.withLock { $0 } == 1)
    }

    @Test func `the page's files carry its policy and its types`() async throws {
        try await withAPI { api in
            for file in DocsPage.files {
                let response = try await api.send("", .get, file.path)
                #expect(response.status == 200 && !response.body.isEmpty)
                #expect(response.headers["Content-Type"] == file.media)
                #expect(response.headers["Content-Security-Policy"] == file.contentSecurityPolicy)
                #expect(response.headers["X-Content-Type-Options"] == "nosniff")
            }
            #expect(DocsPage.contentSecurityPolicy.utf8.starts(with: "default-src 'none'".utf8))
        }
    }
}

private final class Counter: Sendable {
    let value = Lock(0)
}
