import Domain
import Flows
import HTTP
import Standards
import Testing

@testable import API

@Suite("Wire types") struct SchemaTests {
    enum Colour: String, CaseIterable, Sendable { case red, green }

    struct Inner: Sendable {
        let name: String
        let count: Int64
        static let schema: Schema<Inner> = .object(
            Inner.init,
            Field("name", .text(characters: 1...3, example: "a"), \.name, "A name."),
            Field("count", .integer(-5...5, example: 1), \.count, "A count."))
    }

    struct Everything: Sendable {
        let text: String
        let secret: Secret
        let flag: Bool
        let when: Timestamp
        let id: ID<User>
        let colour: Colour
        let inner: Inner
        let list: [Inner]
        let free: JSON
        let maybe: String?
        let always: Int64?

        static let schema: Schema<Everything> = .object(
            Everything.init,
            Field("text", .text(bytes: 1...4, example: "a"), \.text, "Text."),
            Field("secret", .secret(bytes: 2...4, example: "abc"), \.secret, "A secret."),
            Field("flag", .boolean(example: true), \.flag, "A flag."),
            Field("when", .timestamp, \.when, "A time."),
            Field("id", .identifier(), \.id, "An id."),
            Field("colour", .choice(), \.colour, "A colour."),
            Field("inner", Inner.schema, \.inner, "Another object."),
            Field("list", .array(Inner.schema, count: 0...2), \.list, "Others."),
            Field("free", .anyObject, \.free, "Anything."),
            Field(optional: "maybe", .text(example: "x"), \.maybe, "Perhaps."),
            Field("always", .nullable(.integer(0...9, example: 1)), \.always, "Null perhaps."))
    }

    static let good = #"""
        {"text":"é","secret":"abc","flag":true,"when":"2026-11-21T07:05:09.250Z",\#
        "id":"01936f3e-8a2b-7c4d-9e5f-1a2b3c4d5e6f","colour":"red","inner":{"name":"a","count":-5},\#
        "list":[{"name":"b","count":5}],"free":{"x":[1,null]},"always":null}
        """#

    @Test func `what is read is what is written, secrets excepted`() throws {
        let value = try Everything.schema.decode(try JSON.parse(Self.good))
        #expect(value.secret.exposed == Array("abc".utf8))
        #expect(value.maybe == nil && value.always == nil)
        let written = String(decoding: Everything.schema.encode(value), as: UTF8.self)
        #expect(written == Self.good.replacing(#""abc""#, with: #""<secret>""#))
    }

    @Test func `members that no schema names are ignored`() throws {
        let inner = try Inner.schema.decode(try JSON.parse(#"{"new":{"a":1},"name":"a","count":0}"#))
        #expect(inner.name == "a")
    }

    @Test func `every field's problem is reported, however deep`() throws {
        let json = try JSON.parse(
            #"""
            {"text":"ééé","secret":"a","flag":1,"when":"yesterday","id":"x","colour":"blue",
            "inner":{"name":"","count":6},"list":[{"name":"b","count":1},{"name":"long","count":"1"}],
            "free":[],"maybe":7}
            """#)
        let invalid = #expect(throws: Schema<Everything>.Invalid.self) { try Everything.schema.decode(json) }
        let found = try #require(invalid).problems.map { "\($0.field): \($0.message)" }
        #expect(
            found == [
                "text: must have at most 4 bytes", "secret: must have at least 2 bytes",
                "flag: must be true or false", "when: must be a time such as 2026-11-21T07:05:09.250Z",
                "id: must be a UUID", "colour: must be one of: red, green",
                "inner.name: must have at least 1 character", "inner.count: must be from -5 to 5",
                "list[1].name: must have at most 3 characters", "list[1].count: must be a whole number",
                "free: must be an object", "maybe: must be text", "always: is required",
            ])
    }

    @Test(arguments: ["[]", "null", "7", #""text""#])
    func `what is not an object is one problem of the body`(_ text: String) throws {
        let invalid = #expect(throws: Schema<Inner>.Invalid.self) { try Inner.schema.decode(try JSON.parse(text)) }
        #expect(try #require(invalid).problems.map(\.field) == ["body"])
    }

    @Test(arguments: ["1.0", "1e1", "9223372036854775808", "true", "\"1\""])
    func `only a whole number is a whole number`(_ number: String) throws {
        let json = try JSON.parse("{\"name\":\"a\",\"count\":\(number)}")
        let invalid = #expect(throws: Schema<Inner>.Invalid.self) { try Inner.schema.decode(json) }
        #expect(try #require(invalid).problems.map(\.field) == ["count"])
    }

    @Test func `it describes itself`() {
        guard case .object(let members) = Everything.schema.description else {
            Issue.record("not an object")
            return
        }
        #expect(members.map(\.name).first == "text" && members.count == 11)
        #expect(members.filter { !$0.isRequired }.map(\.name) == ["maybe"])
        #expect(members[5].shape == .choice(["red", "green"]))
        #expect(members[6].shape == Inner.schema.description)
    }

    static let queries: [(String, [String])] = [
        ("name=a&count=3", []), ("count=03&name=a", ["count"]), ("count=%2B3&name=a", ["count"]),
        ("name=a&name=b&count=1", ["name"]), ("name=a&count=1&count=x", ["count"]), ("", ["name", "count"]),
        ("name=a&count=1&other=1&other=2", ["other"]), ("Name=a&count=1&name=a", ["Name"]),
    ]

    @Test(arguments: queries)
    func `a query is read like an object of texts and numbers`(_ query: String, _ fields: [String]) throws {
        let form = try #require(FormFields(parsing: Array(query.utf8)))
        var found: [String] = []
        do { _ = try Inner.schema.decode(query: form) } catch { found = error.problems.map(\.field) }
        #expect(found.sorted() == fields.sorted())
    }
}
