import HTTP
import Testing

@Suite("Proof that a request came from one of our pages")
struct SameOriginTests {
    static let own = "https://id.example.com"
    static let app = "https://app.example.com"
    static let evil = "https://evil.example.com"

    static func verdict(_ origins: [String], _ sites: [String]) throws -> SameOriginProof.Verdict {
        let proof = SameOriginProof(
            own: try #require(Origin(own)), allowed: [try #require(Origin("http://other:8080")), Origin(app)!])
        var headers = Headers()
        for origin in origins { headers.add("Origin", origin) }
        for site in sites { headers.add("Sec-Fetch-Site", site) }
        for method in [Method.get, .head, .options] { #expect(proof.judge(method, headers) == .proven) }
        for method in [Method.post, .put, .patch, .delete] {
            #expect(proof.judge(method, headers) == proof.judge(headers))
        }
        return proof.judge(headers)
    }

    @Test(
        "is judged",
        arguments: [
            ([], [], .missing), ([], ["same-origin"], .proven), ([], ["same-site"], .crossSite),
            ([], ["cross-site"], .crossSite), ([], ["none"], .crossSite), ([], ["SAME-ORIGIN"], .malformedSite),
            ([], [""], .malformedSite), ([], ["same-origin, same-origin"], .malformedSite),
            ([], ["same-origin", "same-origin"], .repeated),
            ([own], [], .proven), ([own], ["same-origin"], .proven), (["HTTPS://ID.example.com"], [], .proven),
            ([own], ["same-site"], .contradictory), ([own], ["cross-site"], .contradictory),
            ([own], ["none"], .contradictory), ([own], ["x"], .malformedSite),
            ([app], [], .proven), ([app], ["same-site"], .proven), ([app], ["cross-site"], .proven),
            ([app], ["same-origin"], .proven), ([app], ["none"], .contradictory),
            (["http://other:8080"], ["cross-site"], .proven),
            ([evil], [], .foreign(Origin(evil)!)), ([evil], ["same-origin"], .foreign(Origin(evil)!)),
            ([evil], ["same-site"], .foreign(Origin(evil)!)),
            (["http://id.example.com"], [], .foreign(Origin("http://id.example.com")!)),
            (["https://id.example.com:8443"], [], .foreign(Origin("https://id.example.com:8443")!)),
            (["https://id.example.com."], [], .foreign(Origin("https://id.example.com.")!)),
            (["https://xid.example.com"], [], .foreign(Origin("https://xid.example.com")!)),
            (["null"], [], .opaque), (["null"], ["same-origin"], .opaque), (["NULL"], [], .malformedOrigin),
            ([""], ["same-origin"], .malformedOrigin), (["https://id.example.com/"], [], .malformedOrigin),
            (["https://id.example.com:443"], [], .malformedOrigin), (["id.example.com"], [], .malformedOrigin),
            (["https://id.example.com, https://evil.example.com"], [], .malformedOrigin),
            (["https://id.example.com@evil.example.com"], [], .malformedOrigin), (["*"], [], .malformedOrigin),
            ([own, own], ["same-origin"], .repeated), ([own, evil], [], .repeated),
        ] as [([String], [String], SameOriginProof.Verdict)])
    func judged(_ origins: [String], _ sites: [String], _ expected: SameOriginProof.Verdict) throws {
        let verdict = try Self.verdict(origins, sites)
        #expect(verdict == expected)
        #expect((verdict.sentence == nil) == (verdict == .proven))
    }
}
