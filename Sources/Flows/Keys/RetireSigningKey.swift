internal import Domain
internal import Standards
public import Storage

/// Ends a signing key: in good order, or at once when it may be in the wrong hands.
public struct RetireSigningKey: Sendable {
    let change: SigningKeyChange
    let rotate: RotateSigningKey

    public enum Outcome: Sendable {
        /// Its end is decided: nothing it signed is believed from then on. With the successor where one was published
        /// for it now.
        case ends(SigningKeySummary, successor: SigningKeySummary?)
        /// Nothing it signed is believed any more. With the key that signs instead, where it had been the signing one.
        case ended(SigningKeySummary, replacement: SigningKeySummary?)
        /// It was published, and will not sign.
        case withdrawn(SigningKeySummary)
        case noSuchKey
        case alreadyRetired
    }

    private enum Step: Sendable { case ended(replacement: String?), withdrawn, inOrder, noSuchKey, alreadyRetired }

    /// `atOnce` is for a key that was disclosed: its tokens are refused from the next request on, and the clients they
    /// belong to get others by refreshing.
    public func callAsFunction(
        _ kid: String, atOnce: Bool, in realm: Realm, by actor: Actor = .commandLine
    ) async throws(StoreFault) -> Outcome {
        let candidate = atOnce ? await SigningKeyCandidate.make(realm.rules.signingAlgorithm) : nil
        let event = try await change.draft(
            .retireSigningKey, in: realm.name, by: .actor(actor), [("kid", .string(kid))])
        var replaced: EventDraft?
        if let candidate {
            replaced = try await change.draft(
                .retireSigningKey, in: realm.name, by: .actor(actor),
                [("kid", .string(kid)), ("replacement", .string(candidate.kid))])
        }
        let (step, keys) = try await change(in: realm) { [replaced] ring, now -> SigningKeyChange.Plan<Step> in
            guard let key = ring.keys.first(where: { $0.kid.utf8.elementsEqual(kid.utf8) }) else {
                return .only(.noSuchKey)
            }
            let gone = key.ending(at: now)
            switch ring.state(of: key, at: now) {
            case .retired: return .only(.alreadyRetired)
            case .next:
                // The key before it gets its life back, which its successor had put an end to.
                let before = ring.signing(at: now).map { [$0.withoutEnd] } ?? []
                return SigningKeyChange.Plan(
                    outcome: .withdrawn, changed: [gone] + before, added: nil, event: event)
            case .verifying where atOnce:
                return SigningKeyChange.Plan(
                    outcome: .ended(replacement: nil), changed: [gone], added: nil, event: event)
            case .signing where atOnce:
                if let next = ring.next(at: now) {
                    return SigningKeyChange.Plan(
                        outcome: .ended(replacement: next.kid), changed: [gone, next.signing(from: now)], added: nil,
                        event: event)
                }
                guard let candidate else { return .only(.inOrder) }
                return SigningKeyChange.Plan(
                    outcome: .ended(replacement: candidate.kid), changed: [gone], added: (candidate, now),
                    event: replaced)
            case .signing, .verifying: return .only(.inOrder)
            }
        }
        func find(_ kid: String) -> SigningKeySummary? { keys.first { $0.kid.utf8.elementsEqual(kid.utf8) } }
        switch step {
        case .noSuchKey: return .noSuchKey
        case .alreadyRetired: return .alreadyRetired
        case .withdrawn: return find(kid).map { .withdrawn($0) } ?? .noSuchKey
        case .ended(let replacement):
            guard let key = find(kid) else { return .noSuchKey }
            return .ended(key, replacement: replacement.flatMap(find))
        case .inOrder: return try await inOrder(kid, in: realm, by: actor)
        }
    }

    /// A successor is published where none is, and the key ends when the last token it signed has.
    private func inOrder(_ kid: String, in realm: Realm, by actor: Actor) async throws(StoreFault) -> Outcome {
        var successor: SigningKeySummary?
        let before = try await summary(kid, in: realm.name)
        if before?.state == .signing, case .published(let key) = try await rotate(in: realm, by: actor) {
            successor = key
        }
        guard let key = try await summary(kid, in: realm.name) else { return .noSuchKey }
        return .ends(key, successor: successor)
    }

    private func summary(_ kid: String, in realm: RealmName) async throws(StoreFault) -> SigningKeySummary? {
        try await ListSigningKeys(store: change.store)(in: realm).first { $0.kid.utf8.elementsEqual(kid.utf8) }
    }
}

extension SigningKeyLife {
    fileprivate func ending(at end: Timestamp) -> SigningKeyLife {
        SigningKeyLife(kid: kid, publishedAt: publishedAt, signsFrom: signsFrom, retiredAt: end)
    }

    fileprivate var withoutEnd: SigningKeyLife {
        SigningKeyLife(kid: kid, publishedAt: publishedAt, signsFrom: signsFrom, retiredAt: nil)
    }

    fileprivate func signing(from start: Timestamp) -> SigningKeyLife {
        SigningKeyLife(kid: kid, publishedAt: publishedAt, signsFrom: start, retiredAt: nil)
    }
}
