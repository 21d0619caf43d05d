import HTTP
import Testing

@Suite("Content codings") struct ContentCodingTests {
    static let fields: [([String], ContentCoding)] = [
        ([], .identity), ([""], .identity), (["gzip"], .gzip), (["GZIP"], .gzip), (["x-gzip"], .gzip),
        (["br, deflate, gzip"], .gzip), (["br", "gzip"], .gzip), (["br"], .identity), (["*"], .gzip),
        (["gzip;q=0"], .identity), (["gzip;q=0.000"], .identity), (["gzip;q=0.001"], .gzip), (["gzip ; Q=0.5"], .gzip),
        (["*;q=0"], .identity), (["*;q=0, gzip"], .gzip), (["gzip;q=0, *"], .identity), (["identity;q=0"], .identity),
        (["identity;q=0, *"], .gzip), (["identity, gzip;q=0.5"], .identity), (["identity;q=0.5, gzip"], .gzip),
        (["identity;q=0.5, gzip;q=0.5"], .gzip), (["gzip;q=1.001"], .identity), (["gzip;q=2"], .identity),
        (["gzip;q="], .identity), (["gzip;q=0.0001"], .identity), (["gzip;q=.5"], .identity), (["gzip;x=1"], .identity),
        (["gzip;q=1;q=0"], .identity), (["gzip;q=0, gzip"], .identity), (["gzip;q=1."], .gzip), ([",,gzip,"], .gzip),
        (["g zip"], .identity),
    ]

    @Test(arguments: fields.indices)
    func `an answer is compressed for whoever takes it and does not prefer it plain`(_ index: Int) {
        let (values, expected) = Self.fields[index]
        var headers = Headers()
        for value in values { headers.add("Accept-Encoding", value) }
        #expect(ContentCoding.preferred(headers) == expected, "\(values)")
    }

    static let tags: [([String], Bool)] = [
        ([], false), (["*"], true), (["%"], true), (["W/%"], true), (["\"x\", %"], true), (["\"x\"", " W/% "], true),
        (["\"x\""], false), (["w/%"], false), ([""], false), (["% %"], false),
    ]

    @Test(arguments: tags.indices)
    func `a version is known by its tag, weak or strong, anywhere in the list`(_ index: Int) {
        let tag = EntityTag(of: Array("content".utf8))
        let (values, expected) = Self.tags[index]
        var headers = Headers()
        for value in values { headers.add("If-None-Match", value.replacing("%", with: tag.description)) }
        #expect(tag.isKnown(to: headers) == expected, "\(values)")
    }

    @Test func `another content or another form has another tag`() {
        let content = Array("content".utf8)
        let tags = [
            EntityTag(of: content), EntityTag(of: content, suffix: "-gzip"), EntityTag(of: Array("Content".utf8)),
            EntityTag(of: []),
        ]
        #expect(Set(tags).count == tags.count)
        #expect(tags.allSatisfy { $0.description.hasPrefix("\"") && $0.description.hasSuffix("\"") })
    }
}
