internal import Domain
internal import HTTP
internal import Standards

/// One thing that a realm may decide for itself: a row of the table in ``all``.
///
/// Reading, writing, comparing, the rules that hold, the command line and the documentation all follow from the row.
public struct RealmMember: Sendable {
    /// The names on the way to it: `["password", "minimum_length"]`.
    public let path: [String]
    public let kind: Kind
    /// One sentence for the operator.
    public let summary: String
    /// What the rules say of it; `nil` where they say nothing, as for what is not set.
    let value: @Sendable (RealmRules) -> JSON?
    /// Takes over a value in its canonical form.
    let apply: @Sendable (JSON, inout RealmRules) -> Void

    /// As people write it: `password.minimum_length`.
    public var name: String { path.joined(separator: ".") }

    /// What a value looks like. Each kind has one canonical form, so that equal meanings are equal values.
    public enum Kind: Hashable, Sendable {
        case boolean
        case integer(ClosedRange<Int64>)
        /// The same in seconds.
        case seconds(ClosedRange<Int64>)
        /// As in ``Domain/KeyRotation``: days as text, anything else in seconds.
        case keyRotation
        case choice([String])
        /// At least one, each once; canonical in the order of the words where their own order means nothing.
        case choices([String], inOrder: Bool)
        /// A canonical URL: an origin over TLS, or over plain HTTP on a loopback host.
        case origin
        /// Canonical in the order of their bytes.
        case origins
        /// An absolute URL over TLS, or over plain HTTP on a loopback host.
        case address
        /// `name <address>`, or an address alone.
        case mailbox
        /// One line of so many characters at most.
        case line(Int)
        /// A line of so many characters at most for each language, with ``MailPlaceholder``s.
        case wording(Int)
        /// For letters, by their names, the words of a subject and of an intro in each language.
        case letters
        /// Canonical in the order of their names.
        case applications
        /// In the order in which they are shown.
        case profileAttributes
        case profileAssignments
        /// Texts to agree to, likewise.
        case documents
        /// Each once; canonical with the greatest first.
        case integers(ClosedRange<Int64>)
    }

    /// How many elements a list may have.
    static let longestList = 64
    /// An address's length in bytes.
    static let longestAddress = 2_048

    /// Stands in a row of the realm itself, beside the document, because it is asked at every request.
    static let enabled = "enabled"
    static let url = "url"

    public static let all = general + ofMail + ofAccounts + ofDefence + ofProfile + ofPrivacy

    private static let general: [RealmMember] = [
        RealmMember(
            url, .origin,
            "The realm's own canonical URL: issuer, links and cookies come from it. Not for `default` and `system`.",
            value: { _ in nil }, apply: { _, _ in }),
        RealmMember(
            enabled, .boolean,
            "Whether the realm serves anybody; where it is `false`, all of its requests are refused.",
            value: { _ in nil }, apply: { _, _ in }),
        seconds("access_lifetime", SessionBounds.access, \.accessLifetime, "How long an access token is good."),
        seconds("session_idle", SessionBounds.idle, \.idleLimit, "A session that was not used for this long ends."),
        seconds(
            "session_absolute", SessionBounds.absolute, \.absoluteLimit,
            "A session ends this long after sign-in, used or not."),
        seconds(
            "refresh_grace", SessionBounds.grace, \.refreshGrace,
            "How long a refresh token that was just exchanged is still answered, for clients with two tabs."),
        RealmMember(
            "session_limit", .integer(1...1_000),
            "How many sessions a user may have; the longest unused ends when one more begins.",
            value: { $0.sessionLimit.map { .integer(Int64($0)) } },
            apply: { $1.sessionLimit = $0.integer.flatMap(Int.init(exactly:)) }),
        RealmMember(
            "replay_elsewhere", .choice(["count", "end"]),
            "What a refresh token does that is exchanged again from another network: it is counted, or ends the session.",
            value: { .string($0.endsOnReplayElsewhere ? "end" : "count") },
            apply: { $1.endsOnReplayElsewhere = $0.string == "end" }),
        RealmMember(
            "password.minimum_length", .integer(8...128), "The fewest characters of a new password.",
            value: { .integer(Int64($0.passwordPolicy.minimumLength)) },
            apply: { json, rules in
                rules.passwordPolicy = PasswordPolicy(
                    minimumLength: json.integer.flatMap(Int.init(exactly:)) ?? rules.passwordPolicy.minimumLength,
                    maximumBytes: rules.passwordPolicy.maximumBytes)
            }),
        RealmMember(
            "sign_up", .boolean, "Whether strangers may make accounts.", value: { .bool($0.hasSignUp) },
            apply: { $1.hasSignUp = $0.bool ?? $1.hasSignUp }),
        RealmMember(
            "sign_in_methods", .choices(SignInMethod.allCases.map(\.rawValue), inOrder: false),
            "The ways in which people may sign in.",
            value: { .words($0.signInMethods.map(\.rawValue).sorted()) },
            apply: { $1.signInMethods = Set($0.words.compactMap(SignInMethod.init)) }),
        RealmMember(
            "transports", .choices(Transport.allCases.map(\.rawValue), inOrder: true),
            "How credentials may travel; the first is meant where a client does not say.",
            value: { .words($0.transports.map(\.rawValue)) },
            apply: { $1.transports = $0.words.compactMap(Transport.init) }),
        RealmMember(
            "same_site", .choice(SameSite.allCases.map(\.rawValue)),
            "Which requests from other sites bring a cookie along.", value: { .string($0.sameSite.rawValue) },
            apply: { $1.sameSite = $0.string.flatMap(SameSite.init) ?? $1.sameSite }),
        RealmMember(
            "allowed_origins", .origins, "Pages of other origins that may call the API, with cookies.",
            value: { .words($0.allowedOrigins.map(\.description).sorted()) },
            apply: { $1.allowedOrigins = $0.words.compactMap(Origin.init) }),
        RealmMember(
            "allowed_methods", .choices(["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"], inOrder: false),
            "The methods that those pages may use.", value: { .words($0.allowedMethods.map(\.rawValue)) },
            apply: { $1.allowedMethods = $0.words.compactMap(Method.init(rawValue:)) }),
        RealmMember(
            "sign_in_url", .address,
            "Where a person is sent who has to sign in first. Its origin is the realm's own, an allowed one or an application's.",
            value: { $0.signInURL.map { .string($0) } }, apply: { $1.signInURL = $0.string }),
        RealmMember(
            "applications", .applications,
            "The applications on hosts of their own, whose proxy asks this realm who a request comes from.",
            value: { .applications($0.applications) }, apply: { $1.applications = $0.applications }),
        RealmMember(
            "mail_from", .mailbox, "Who the realm's mail is from.", value: { $0.mailFrom.map { .string($0) } },
            apply: { $1.mailFrom = $0.string }),
        RealmMember(
            "signing_algorithm", .choice(SigningAlgorithm.allCases.map(\.rawValue)),
            "What the next signing key is for. Tokens of HS256 can be checked by this server only.",
            value: { .string($0.signingAlgorithm.rawValue) },
            apply: { $1.signingAlgorithm = $0.string.flatMap(SigningAlgorithm.init) ?? $1.signingAlgorithm }),
        RealmMember(
            "key_rotation", .keyRotation, "How long a signing key signs before the next one takes over by itself.",
            value: { .keyRotation($0.keyRotation) },
            apply: { $1.keyRotation = $0.keyRotation ?? $1.keyRotation }),
    ]

    /// The row of that name, byte by byte.
    public static func named(_ name: String) -> RealmMember? { all.first { $0.name.utf8.elementsEqual(name.utf8) } }

    init(
        _ name: String, _ kind: Kind, _ summary: String, value: @escaping @Sendable (RealmRules) -> JSON?,
        apply: @escaping @Sendable (JSON, inout RealmRules) -> Void
    ) {
        path = name.split(separator: ".").map(String.init)
        self.kind = kind
        self.summary = summary
        self.value = value
        self.apply = apply
    }

    static func seconds(
        _ name: String, _ range: ClosedRange<Int64>, _ path: any WritableKeyPath<RealmRules, Duration> & Sendable,
        _ summary: String
    ) -> RealmMember {
        RealmMember(
            name, .seconds(range), summary, value: { .integer($0[keyPath: path].components.seconds) },
            apply: { json, rules in json.integer.map { rules[keyPath: path] = .seconds($0) } })
    }
}

extension JSON {
    static func words(_ words: [String]) -> JSON { .array(words.map { .string($0) }) }

    var words: [String] { (array ?? []).compactMap(\.string) }

    static func keyRotation(_ time: Duration) -> JSON {
        let text = KeyRotation.text(time)
        return text.utf8.last == UInt8(ascii: "d") ? .string(text) : .integer(time.components.seconds)
    }

    /// `nil` for what is no such time.
    var keyRotation: Duration? {
        switch self {
        case .integer(let seconds): KeyRotation.parse("\(seconds)")
        case .string(let text): KeyRotation.parse(text)
        case .null, .bool, .number, .array, .object: nil
        }
    }

    static func applications(_ list: [Application]) -> JSON {
        .array(
            list.sorted { $0.name < $1.name }.map {
                ["name": .string($0.name), "origin": .string($0.origin.description)]
            })
    }

    var applications: [Application] {
        (array ?? []).compactMap { json in
            guard let name = json["name"]?.string, let origin = json["origin"]?.string.flatMap(Origin.init) else {
                return nil
            }
            return Application(name: name, origin: origin)
        }
    }
}
