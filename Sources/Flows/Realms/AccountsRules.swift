/// A realm's rules for how accounts begin, change and end.
public struct AccountsRules: Sendable {
    /// Whether an account only comes to be once its address is proven by mail. Nobody can find out then whose addresses
    /// are known.
    public var confirmsEmail = false
    /// Whether a password that was reset ends the sessions that were open.
    public var endsSessionsOnReset = true
    /// How long an account that its owner ended can be taken up again.
    public var deletionGrace = Duration.seconds(14 * 86_400)
    /// For how long after sign-in a person need not prove their password again to change what protects the account.
    public var freshSignIn = Duration.seconds(300)

    public init() {}
}
