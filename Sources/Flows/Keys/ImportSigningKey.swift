internal import Crypto
public import Domain
internal import Standards
public import Storage

/// Takes over another system's private key as a realm's next signing key.
public struct ImportSigningKey: Sendable {
    let rotate: RotateSigningKey
    let list: ListSigningKeys

    public enum Outcome: Sendable {
        case published(SigningKeySummary)
        /// Another next key is published already.
        case pending(SigningKeySummary)
        case refused(Refusal)
    }

    /// Why a file holds no key that can be taken over. What is in it is never said.
    public enum Refusal: String, CaseIterable, Sendable {
        /// Neither PEM nor a JSON object.
        case unreadable
        case encrypted
        /// Another kind, curve, size or use than those that this server signs with.
        case unsupported
        /// A member that is missing, or not as it must be.
        case malformed
        /// Its numbers do not belong together, or the public half is another key's.
        case inconsistent
        /// This realm has, or had, a key of that name.
        case exists
    }

    /// `text` is a PEM file or a JWK.
    public func callAsFunction(
        _ text: Secret, in realm: Realm, by actor: Actor = .commandLine
    ) async throws(StoreFault) -> Outcome {
        // An RSA key's primes are checked, which takes longer than an event loop may.
        let read = await SigningKeyCandidate.offLoop { Result { () throws(Reason) in try Self.read(text) } }
        let candidate: SigningKeyCandidate
        switch read {
        case .failure(let reason): return .refused(reason.refusal)
        case .success(let key): candidate = key
        }
        if try await list(in: realm.name).contains(where: { $0.kid.utf8.elementsEqual(candidate.kid.utf8) }) {
            return .refused(.exists)
        }
        switch try await rotate.publish(candidate, in: realm, .importSigningKey, by: .actor(actor)) {
        case .published(let key): return .published(key)
        case .pending(let key): return .pending(key)
        case .notDue: throw .unexpected("an imported key was put off")
        }
    }

    private struct Reason: Error { let refusal: Refusal }

    private static func read(_ text: Secret) throws(Reason) -> SigningKeyCandidate {
        let bytes = text.exposed
        let isJSON = bytes.first { $0 > 0x20 } == UInt8(ascii: "{")
        guard isJSON else {
            do { return SigningKeyCandidate(SigningKey(try PrivateKeyFile(pem: text))) } catch {
                switch error {
                case .malformed: throw Reason(refusal: .unreadable)
                case .encrypted: throw Reason(refusal: .encrypted)
                case .unsupported: throw Reason(refusal: .unsupported)
                case .inconsistent: throw Reason(refusal: .inconsistent)
                }
            }
        }
        guard let json = try? JSON.parse(bytes, limits: JSON.Limits(bytes: 65_536, depth: 4)) else {
            throw Reason(refusal: .unreadable)
        }
        do {
            let key = try PrivateJWK(json: json)
            return SigningKeyCandidate(key.key, kid: key.kid)
        } catch {
            switch error {
            case .notAnObject: throw Reason(refusal: .unreadable)
            case .unsupported, .unacceptable: throw Reason(refusal: .unsupported)
            case .missingKeyID, .malformed, .notOnCurve, .isPrivate: throw Reason(refusal: .malformed)
            case .inconsistent: throw Reason(refusal: .inconsistent)
            }
        }
    }
}
