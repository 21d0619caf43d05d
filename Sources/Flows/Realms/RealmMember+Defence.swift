internal import Domain
internal import HTTP
internal import Standards

extension RealmMember {
    /// The rows about how attackers are held off.
    static let ofDefence: [RealmMember] = [
        perHour(
            "sign_in_tries_per_hour", \.signInTriesPerHour,
            "How often an hour unknown devices together may try one account by one of its names; half of it at once."),
        perHour(
            "device_tries_per_hour", \.deviceTriesPerHour,
            "The same for one device that signed in to the account before, whatever the others do."),
        perHour(
            "network_tries_per_hour", \.networkTriesPerHour,
            "How many wrong tries an hour may come from one network (IPv4 /24, IPv6 /64), at whatever accounts."),
        perHour(
            "realm_tries_per_hour", \.realmTriesPerHour,
            "How many wrong sign-ins an hour unknown devices may make in the whole realm; then all of them wait."),
        perHour("sign_ups_per_hour", \.signUpsPerHour, "How many accounts an hour one network may ask for."),
        perHour("mails_per_hour", \.mailsPerHour, "How many letters an hour anybody may ask for to one address."),
        perHour(
            "proof_tries_per_hour", \.proofTriesPerHour,
            "How often an hour what one letter carried may be shown wrongly."
        ),
        RealmMember(
            "defence.proof_of_work", .integer(0...30),
            "How many zero bits the solution has that a client must find before it makes an account; 0 asks for none.",
            value: { .integer(Int64($0.defence.proofOfWork)) },
            apply: { $1.defence.proofOfWork = $0.integer.flatMap(Int.init(exactly:)) ?? $1.defence.proofOfWork }),
        choice(
            "disposable_mail", \.refusesDisposableMail, no: "allow", yes: "refuse",
            "What becomes of new accounts with an address at one of the domains in `ALDRAVA_DISPOSABLE_DOMAINS`."),
        choice(
            "breached_passwords", \.refusesBreachedPasswords, no: "off", yes: "refuse",
            "Whether new passwords are refused that are known from breaches, see `ALDRAVA_BREACHED_PASSWORDS`."),
        choice(
            "breached_passwords_unavailable", \.allowsUncheckedPasswords, no: "refuse", yes: "allow",
            "What becomes of a new password where that cannot be looked up."),
    ]

    private static func perHour(
        _ name: String, _ path: any WritableKeyPath<DefenceRules, Int> & Sendable, _ summary: String
    ) -> RealmMember {
        RealmMember(
            "defence.\(name)", .integer(2...1_000_000), summary,
            value: { .integer(Int64($0.defence[keyPath: path])) },
            apply: { json, rules in
                json.integer.flatMap(Int.init(exactly:)).map { rules.defence[keyPath: path] = $0 }
            })
    }

    private static func choice(
        _ name: String, _ path: any WritableKeyPath<DefenceRules, Bool> & Sendable, no: String, yes: String,
        _ summary: String
    ) -> RealmMember {
        RealmMember(
            "defence.\(name)", .choice([no, yes]), summary,
            value: { .string($0.defence[keyPath: path] ? yes : no) },
            apply: { $1.defence[keyPath: path] = $0.string == yes })
    }
}
