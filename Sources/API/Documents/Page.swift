public import Domain
public import Flows
public import HTTP

/// A page for people, which something else makes and this table only finds.
public struct Page: Sendable {
    public let method: Method
    public let path: String
    public let scope: RouteScope
    public let sentence: String
    /// In bytes.
    public let bodyLimit: Int
    /// With the application whose host it came to, if it came to one.
    public let answer: @Sendable (Request, Realm, Application?, Source) async -> Response

    public init(
        _ method: Method, _ path: String, _ scope: RouteScope, sentence: String, bodyLimit: Int,
        answer: @escaping @Sendable (Request, Realm, Application?, Source) async -> Response
    ) {
        self.method = method
        self.path = path
        self.scope = scope
        self.sentence = sentence
        self.bodyLimit = bodyLimit
        self.answer = answer
    }
}

extension Route {
    /// Open to everybody: a page finds out by itself who asks, because it answers strangers too.
    ///
    /// It is for people to look at. Scripts of other origins that may call the API have no business with it.
    init(_ page: Page) {
        let description = RouteDescription(
            sentence: page.sentence, response: .text(example: ""), media: "text/html; charset=utf-8")
        self =
            Route(page.method, page.path, .open, bodyLimit: page.bodyLimit, description) { request, gate in
                let application = gate.realm.rules.applications.first { $0.client.utf8.elementsEqual(gate.client.utf8) }
                return await page.answer(request, gate.realm, application, Source(request))
            }.found(page.scope).withoutPolicy
    }
}
