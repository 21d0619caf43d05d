internal import Domain
internal import HTTP
internal import Standards

extension RealmMember {
    /// The rows about how accounts begin, change and end.
    static let ofAccounts: [RealmMember] = [
        RealmMember(
            "accounts.confirm_email", .boolean,
            "Whether an account only comes to be once its address is proven by mail; sign-up then tells nobody whose addresses are known.",
            value: { .bool($0.accounts.confirmsEmail) },
            apply: { $1.accounts.confirmsEmail = $0.bool ?? $1.accounts.confirmsEmail }),
        RealmMember(
            "accounts.end_sessions_on_reset", .boolean,
            "Whether a password that was reset ends the sessions that were open.",
            value: { .bool($0.accounts.endsSessionsOnReset) },
            apply: { $1.accounts.endsSessionsOnReset = $0.bool ?? $1.accounts.endsSessionsOnReset }),
        seconds(
            "accounts.deletion_grace", 0...31_536_000, \.accounts.deletionGrace,
            "How long an account that was ended can be taken up again before it is erased."),
        seconds(
            "accounts.fresh_sign_in", 0...86_400, \.accounts.freshSignIn,
            "For how long after sign-in a person need not prove their password again to change what protects the account."
        ),
    ]
}
