internal import Domain

/// How grave an event must be to be written to the system log.
public enum LogLevel: String, CaseIterable, Sendable {
    case error, warning, info, debug
}

/// Where the line for each request goes.
public enum AccessLogTarget: String, CaseIterable, Sendable {
    /// `access.jsonl` in the data folder.
    case file
    case stdout, off
}

/// Who may read the metrics without a token.
public enum MetricsAudience: String, CaseIterable, Sendable {
    case off, local
}

enum MetricsTokenText {
    /// 32 to 256 characters that an `Authorization` field can hold (`token68`, RFC 9110 §11.2): shorter ones can be
    /// guessed.
    static func check(_ text: String) -> Secret?? {
        let isWritable = text.utf8.allSatisfy { byte in
            (48...57).contains(byte) || (65...90).contains(byte) || (97...122).contains(byte)
                || "-._~+/=".utf8.contains(byte)
        }
        return isWritable && (32...256).contains(text.utf8.count) ? .some(Secret(utf8: text)) : nil
    }
}
