/// What holding off attackers needs to look up outside the database. Production fills this in once, in `App`.
public struct DefenceSources: Sendable {
    /// The lines of the range file of breached passwords for five hexadecimal digits, upper case; `nil` where it cannot be read.
    public var breachedRange: @Sendable (_ prefix: String) async -> [UInt8]?
    /// Whether a mail domain, in its compared form, gives addresses to anybody for a while.
    public var isDisposable: @Sendable (_ domain: String) -> Bool

    /// Nothing can be looked up.
    public static let none = DefenceSources(breachedRange: { _ in nil }, isDisposable: { _ in false })

    public init(
        breachedRange: @escaping @Sendable (String) async -> [UInt8]?,
        isDisposable: @escaping @Sendable (String) -> Bool
    ) {
        self.breachedRange = breachedRange
        self.isDisposable = isDisposable
    }
}
