public import HTTP

extension CORSPolicy {
    /// What pages of the listed origins need to use this API: its methods, and the fields it reads and answers.
    public static func api(origins: Set<Origin>) -> CORSPolicy {
        CORSPolicy(
            origins: origins, methods: [.get, .post, .put, .patch, .delete],
            requestFields: ["Authorization", "Content-Type", "Idempotency-Key", "Last-Event-ID", "X-Request-Id"],
            exposedFields: ["Retry-After", "WWW-Authenticate", "X-Request-Id"], maxAge: 600)
    }
}
