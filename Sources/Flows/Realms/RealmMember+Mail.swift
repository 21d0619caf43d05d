internal import Domain
internal import HTTP
internal import Standards

extension RealmMember {
    /// The rows about what its letters say and how they look.
    static let ofMail: [RealmMember] = [
        RealmMember(
            "mail.language", .choice(Language.allCases.map(\.rawValue)),
            "The language of letters to people of whom nobody knows what they read.",
            value: { .string($0.mail.language.rawValue) },
            apply: { $1.mail.language = $0.string.flatMap(Language.init(rawValue:)) ?? $1.mail.language }),
        RealmMember(
            "mail.product_name", .line(64), "What letters call the realm.",
            value: { $0.mail.productName.map { .string($0) } }, apply: { $1.mail.productName = $0.string }),
        RealmMember(
            "mail.greeting", .wording(120), "How letters begin, instead of `Hello {username},`.",
            value: { .wording($0.mail.greeting) }, apply: { $1.mail.greeting = $0.wording }),
        RealmMember(
            "mail.signature", .wording(300), "How letters end.",
            value: { .wording($0.mail.signature) }, apply: { $1.mail.signature = $0.wording }),
        RealmMember(
            "mail.support_url", .address, "Where letters say that help is.",
            value: { $0.mail.supportURL.map { .string($0) } }, apply: { $1.mail.supportURL = $0.string }),
        RealmMember(
            "mail.letters", .letters,
            "The realm's own subjects and intros; what a letter must say besides, such as link and code, stays.",
            value: { .letters($0.mail.letters) }, apply: { $1.mail.letters = $0.letters }),
    ]
}
