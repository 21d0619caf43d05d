/// In seconds, what a server or a realm may say of sessions and tokens: shorter makes them useless, longer a risk.
public enum SessionBounds {
    public static let access: ClosedRange<Int64> = 60...86_400
    public static let idle: ClosedRange<Int64> = 60...31_536_000
    public static let absolute: ClosedRange<Int64> = 60...157_680_000
    public static let grace: ClosedRange<Int64> = 0...60
}
