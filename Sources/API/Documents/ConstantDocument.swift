internal import Concurrency
internal import HTTP

/// A document that never changes while the program runs. It is made when somebody first asks for it: a start should
/// not pay for it, nor a server that nobody asks.
///
/// A class, because every copy of its route shares what was made.
final class ConstantDocument: Sendable {
    private let content: @Sendable () -> [UInt8]
    private let version = Lock<DocumentVersion?>(nil)

    init(_ content: @escaping @Sendable () -> [UInt8]) { self.content = content }

    /// Two threads that ask first at the same time both make it, and one of the two is kept.
    var newest: DocumentVersion {
        if let made = version.withLock({ $0 }) { return made }
        let made = DocumentVersion(content(), isCompressed: true)
        version.withLock { $0 = made }
        return made
    }
}

extension Route {
    /// A document that never changes while the program runs. A browser keeps it, and asks each time whether it is
    /// still the newest: after an upgrade it is not.
    init(constant path: String, _ description: RouteDescription, policy: String? = nil, _ document: ConstantDocument) {
        self.init(path, description) { request in
            Self.constantCaching.answer(request, document.newest, media: description.media, policy: policy)
        }
    }

    static let constantCaching = DocumentCaching(maxAge: 0, isCompressed: true)

    /// A file of the program.
    init(file: StaticFile) {
        let description = RouteDescription(
            sentence: file.sentence, response: .text(example: ""), media: file.media, caching: Self.constantCaching,
            hasPolicy: file.contentSecurityPolicy != nil)
        self.init(
            constant: file.path, description, policy: file.contentSecurityPolicy, ConstantDocument(file.content))
    }
}
