internal import Domain

/// What this program is.
public enum Product {
    /// No true clock shows less.
    static let released = Timestamp(milliseconds: 1_735_689_600_000)

    public static let version = "0.1.0"
}
