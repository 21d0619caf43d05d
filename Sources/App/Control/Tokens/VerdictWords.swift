internal import Domain
internal import Flows
internal import Standards
internal import Storage

/// Whether a token is accepted and why not, in a sentence and in a word for programs.
struct VerdictWords {
    let isAccepted: Bool
    let code: String
    let sentence: String

    private init(_ isAccepted: Bool, _ code: String, _ sentence: String) {
        self.isAccepted = isAccepted
        self.code = code
        self.sentence = sentence
    }

    init(_ verdict: InspectToken.Verdict, at now: Timestamp) {
        switch verdict {
        case .accepted: self.init(true, "accepted", "This server accepts the token.")
        case .acceptedAgain:
            self.init(
                true, "accepted_again",
                "This server accepts the token once more: it was exchanged, but nobody has shown its successor yet.")
        case .acceptedAhead:
            self.init(
                true, "accepted_ahead",
                "This server accepts the token, though it is newer than the database: that was restored from a copy.")
        case .refused(let reason): self.init(reason, at: now)
        }
    }

    private init(_ reason: InspectToken.Reason, at now: Timestamp) {
        func no(_ code: String, _ why: String) -> VerdictWords {
            VerdictWords(false, code, "This server refuses the token: \(why).")
        }
        self =
            switch reason {
            case .notAToken: no("not_a_token", "it is neither an access token nor a refresh token of this server's")
            case .malformed(let refusal): no(Self.code(refusal), Self.words(refusal))
            case .keyRetired(let time):
                no("key_retired", "the key that signed it was retired \(Moment.words(time, at: now))")
            case .otherRealm(let name): no("other_realm", "it belongs to the realm '\(name)'; try --realm \(name)")
            case .otherIssuer(let named, let expected):
                no("wrong_issuer", "its issuer is \(TerminalText.escaped(named)), and this server is \(expected)")
            case .expired(let time): no("token_expired", "it expired \(Moment.words(time, at: now))")
            case .foreignMAC:
                no("foreign_mac", "this server did not make it for this realm, or it was made under another master key")
            case .noSuchSession: no("no_such_session", "there is no such session in this realm")
            case .sessionEnded(let time, let reason):
                no("session_ended", "its session ended \(Moment.words(time, at: now))\(Self.because(reason))")
            case .sessionIdle(let time):
                no("session_idle", "its session was not used for too long, and ended \(Moment.words(time, at: now))")
            case .sessionAtItsEnd(let time):
                no("session_at_its_end", "its session reached its longest time \(Moment.words(time, at: now))")
            case .userDisabled: no("user_disabled", "its user is disabled")
            case .spent(let presented, let issued):
                no(
                    "token_spent",
                    "it was exchanged already (its counter is \(presented), the newest \(issued)); whoever presents it ends the session"
                )
            }
    }

    private static func because(_ reason: SessionEnd?) -> String {
        switch reason {
        case nil: ""
        case .logout: ", because the user signed out"
        case .theft: ", because a spent refresh token was presented"
        case .userDisabled: ", because the user was disabled"
        case .revoked: ", because an operator ended it"
        case .parentEnded: ", because the session that it belonged to ended"
        case .limit: ", because its user had too many sessions"
        case .replacedByNewer: ", because the same browser signed in anew"
        case .replayedElsewhere: ", because its refresh token was presented again from elsewhere"
        }
    }

    /// `missingKeyID` becomes `missing_key_id`.
    private static func code(_ refusal: JWTRefusal) -> String {
        var code = ""
        var wasCapital = false
        for scalar in refusal.rawValue.unicodeScalars {
            let isCapital = scalar.properties.isUppercase
            if isCapital, !wasCapital { code += "_" }
            code += scalar.properties.lowercaseMapping
            wasCapital = isCapital
        }
        return code
    }

    private static func words(_ refusal: JWTRefusal) -> String {
        switch refusal {
        case .tooLong: "it is longer than \(JWS.longest) bytes"
        case .malformed: "its parts are not what a signed token has"
        case .criticalExtension: "its header asks for an extension (crit)"
        case .bringsKey: "its header brings a key of its own"
        case .wrongType: "its header's typ is not \(JWT.accessTokenType)"
        case .missingKeyID: "its header names no key (kid)"
        case .unknownKey: "it names a key (kid) that this realm does not have"
        case .wrongAlgorithm: "its header's alg is not its key's"
        case .badSignature: "its signature is wrong: it was changed, or another server signed it"
        case .malformedClaims: "its claims are not what this server writes"
        case .wrongIssuer: "it names no issuer (iss)"
        case .wrongAudience: "it is for another audience (aud)"
        case .missingExpiry: "it has no expiry (exp)"
        case .expired: "it has expired"
        case .missingIssuedAt: "it does not say when it was issued (iat)"
        case .issuedInFuture: "it was issued in the future: the clocks of two servers differ"
        case .notYetValid: "it is not valid yet (nbf)"
        }
    }
}

/// Times beside the present.
enum Moment {
    /// `2026-11-21T07:05:09.250Z, 3 minutes ago`.
    static func words(_ time: Timestamp, at now: Timestamp) -> String {
        let (ahead, overflowed) = time.milliseconds.subtractingReportingOverflow(now.milliseconds)
        guard !overflowed, ahead != .min else { return time.iso8601 }
        let distance = span(seconds: abs(ahead) / 1_000)
        return "\(time.iso8601), \(ahead > 0 ? "in \(distance)" : "\(distance) ago")"
    }

    /// The largest unit of which there are at least two.
    static func span(seconds: Int64) -> String {
        for (unit, length) in [("days", Int64(86_400)), ("hours", 3_600), ("minutes", 60)] where seconds >= 2 * length {
            return "\(seconds / length) \(unit)"
        }
        return seconds == 1 ? "1 second" : "\(seconds) seconds"
    }
}
