internal import Flows
internal import HTTP

extension Problem {
    /// `nil` where a request may change what a cookie gives access to: it changes nothing, or one of the realm's pages sent
    /// it.
    init?(missingProofOf request: Request, in realm: Realm) {
        if SameOriginProof.isSafe(request.method) { return nil }
        self.init(missingProofIn: request.headers, of: realm)
    }

    /// The same whatever the method.
    init?(missingProofIn headers: Headers, of realm: Realm) {
        guard let own = realm.origin else {
            self = .sameOriginRequired("the realm's URL has no origin")
            return
        }
        let proof = SameOriginProof(own: own, allowed: realm.rules.allowedOrigins)
        guard let sentence = proof.judge(headers).sentence else { return nil }
        self = .sameOriginRequired(sentence)
    }

    /// `missing` says what the request lacked; it is no secret, because its sender wrote it.
    static func sameOriginRequired(_ missing: String) -> Problem {
        Problem(
            status: 403, code: "same_origin_required",
            message: "With a cookie, only pages of this origin may change anything: \(missing)")
    }
}
