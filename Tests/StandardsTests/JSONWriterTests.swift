import Standards
import Testing

@Suite("Writing JSON")
struct JSONWriterTests {
    @Test(
        "compact, in order, escaped where RFC 8259 §7 says",
        arguments: [
            (["b": 1, "a": [true, nil, -1.5]], #"{"b":1,"a":[true,null,-1.5]}"#),
            ([[], [:], ""], #"[[],{},""]"#),
            ("\"\\/\u{8}\u{c}\n\r\t\0\u{1F}\u{7F}", "\"\\\"\\\\/\\u0008\\u000c\\n\\r\\t\\u0000\\u001f\u{7F}\""),
            ("é🔑\u{2028}", "\"é🔑\u{2028}\""), (.integer(.min), "-9223372036854775808"),
            (.integer(.max), "9223372036854775807"),
            (.number(.infinity), "null"), (.number(.nan), "null"), (.number(1e300), "1e+300"), (.number(0.1), "0.1"),
            ("\r\n", #""\r\n""#),
        ] as [(JSON, String)])
    func text(_ json: JSON, _ text: String) {
        #expect(Array(json.text.utf8) == Array(text.utf8))
    }

    @Test func `an escape can stand anywhere in a text`() throws {
        for place in 0...20 {
            for escaped in ["\"", "\\", "\n", "\0", "\"\"", "\u{1F}é"] {
                let text = String(repeating: "a", count: place) + escaped + String(repeating: "z", count: 20 - place)
                #expect(try JSON.parse(JSON.string(text).bytes) == .string(text))
            }
        }
    }

    @Test func `the writer puts commas where they belong`() throws {
        var writer = JSONWriter()
        writer.object { writer in
            writer.member("text", "a")
            writer.member("list", ["x", "y"])
            writer.name("nested")
            writer.object { $0.member("yes", true) }
            writer.name("raw")
            writer.raw(#"{"z":[]}"#.utf8)
            writer.member("json", json: [1, nil])
            writer.member("count", -3)
            writer.name("empty")
            writer.array { _ in }
            writer.name("last")
            writer.array { writer in
                writer.null()
                writer.number(2.5)
            }
        }
        let expected =
            #"{"text":"a","list":["x","y"],"nested":{"yes":true},"raw":{"z":[]},"json":[1,null],"count":-3,"#
            + #""empty":[],"last":[null,2.5]}"#
        #expect(String(decoding: writer.bytes, as: UTF8.self) == expected)
        #expect(try JSON.parse(writer.bytes).text == expected)
    }
}
