/// Which request ids of others are taken over.
public enum RequestID {
    static let longest = 64

    /// 1 to 64 letters, digits, `-`, `.` and `_`; anything else is `nil`, and the server makes its own.
    ///
    /// Ids are written into logs and answers, so they can hold nothing that means something there.
    public static func accept(_ text: String) -> String? {
        let octets = text.utf8Span.span
        guard (1...longest).contains(octets.count) else { return nil }
        for index in octets.indices where !OctetSet.plainName.contains(octets[index]) { return nil }
        return text
    }
}
