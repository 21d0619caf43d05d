internal import Domain
internal import Standards
internal import Storage

/// What a sign-up passes whose input has the right shape, before anything costly is done for it.
final class SignUpDefence: Sendable {
    let throttles: Throttles
    let proofOfWork: ProofOfWork
    let breachedPasswords: BreachedPasswords
    let sources: DefenceSources
    let refusals: FoldedRefusals

    init(
        throttles: Throttles, proofOfWork: ProofOfWork, breachedPasswords: BreachedPasswords, sources: DefenceSources,
        refusals: FoldedRefusals
    ) {
        self.throttles = throttles
        self.proofOfWork = proofOfWork
        self.breachedPasswords = breachedPasswords
        self.sources = sources
        self.refusals = refusals
    }

    /// What is wrong with the address, which can be told at once.
    func problems(of email: String, in realm: Realm) -> [FieldProblem] {
        guard realm.rules.defence.refusesDisposableMail, case .success(let address) = EmailAddress.parse(email),
            sources.isDisposable(String(decoding: DomainList.domain(ofKey: address.key), as: UTF8.self))
        else { return [] }
        return [
            FieldProblem(
                field: "email", code: "disposable_address", message: "must not be a disposable address")
        ]
    }

    /// The cheap questions first. A sign-up is counted whatever becomes of it: also one that was told that a name is taken.
    func refusal(
        of input: SignUp.Input, in realm: Realm, from source: Source
    ) async throws(StoreFault) -> SignUp.Refusal? {
        if let problem = proofOfWork.problem(with: input.proof, for: .signUp, in: realm) {
            return refuse(problem, realm, source)
        }
        switch try await throttles.take(.signUp, identifier: nil, in: realm, from: source) {
        case .go: break
        case .wait(let delay):
            refusals.note(reason: "throttled", realm: realm, source: source, route: "register")
            return .throttled(retryAfter: delay)
        }
        let problems = await breachedPasswords.problems(of: input.password, in: realm)
        if !problems.isEmpty { return .invalid(problems) }
        if let problem = try await proofOfWork.spend(input.proof, for: .signUp, in: realm) {
            return refuse(problem, realm, source)
        }
        return nil
    }

    private func refuse(_ problem: ProofOfWork.Refusal, _ realm: Realm, _ source: Source) -> SignUp.Refusal {
        switch problem {
        case .required:
            refusals.note(reason: "proof_of_work_required", realm: realm, source: source, route: "register")
            return .proofOfWorkRequired
        case .invalid:
            refusals.note(reason: "proof_of_work_invalid", realm: realm, source: source, route: "register")
            return .proofOfWorkInvalid
        }
    }
}
