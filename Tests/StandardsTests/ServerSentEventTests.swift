import Standards
import Testing

@Suite("Server-Sent Events")
struct ServerSentEventTests {
    private func text(_ event: ServerSentEvent) -> String { String(decoding: event.bytes, as: UTF8.self) }

    @Test func `an event is its fields and an empty line`() {
        #expect(
            text(ServerSentEvent(id: "7", event: "audit", data: "{}", retry: 10))
                == "retry: 10\nid: 7\nevent: audit\ndata: {}\n\n")
        #expect(text(ServerSentEvent(id: "7")) == "id: 7\n\n")
    }

    @Test(arguments: ["a\nb", "a\r\nb", "a\rb"])
    func `a line end in the data begins another data line`(_ data: String) {
        #expect(text(ServerSentEvent(data: data)) == "data: a\ndata: b\n\n")
    }

    @Test func `nothing can be smuggled into another field`() {
        let event = ServerSentEvent(id: "1\ndata: x", event: "a\r\nid: 2", data: "\n\nevent: end")
        #expect(text(event) == "id: 1\nevent: a\ndata: \ndata: \ndata: event: end\n\n")
        #expect(text(ServerSentEvent(id: "1\u{0}2")) == "id: 1\n\n")
    }
}
