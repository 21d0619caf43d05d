/// Which request ids of others are taken over.
public enum RequestID {
    /// 1 to 64 letters, digits, `-`, `.` and `_`; anything else is `nil`, and the server makes its own.
    ///
    /// Ids are written into logs and answers, so they can hold nothing that means something there.
    public static func accept(_ text: String) -> String? {
        (1...64).contains(text.utf8.count) && text.utf8.allSatisfy { OctetSet.plainName.contains($0) } ? text : nil
    }
}
