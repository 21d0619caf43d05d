/// A file that is part of the program, and the path it is served under.
///
/// A value, so that whoever has the file need not know who serves it.
public struct StaticFile: Sendable {
    public let path: String
    /// The media type of its content (RFC 9110 §8.3.1).
    public let media: String
    /// One sentence for whoever reads the documentation.
    public let sentence: String
    /// The value of `Content-Security-Policy`, for a page.
    public let contentSecurityPolicy: String?
    /// Called once, when the file is first asked for.
    public let content: @Sendable () -> [UInt8]

    public init(
        path: String, media: String, sentence: String, contentSecurityPolicy: String? = nil,
        content: @escaping @Sendable () -> [UInt8]
    ) {
        self.path = path
        self.media = media
        self.sentence = sentence
        self.contentSecurityPolicy = contentSecurityPolicy
        self.content = content
    }
}
