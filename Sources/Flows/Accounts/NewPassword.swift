internal import Domain
internal import Standards
internal import Storage

extension FlowParts {
    /// What is wrong with a password that somebody wants to have from now on; all of it at once.
    func problems(ofNew password: Secret, for user: User?, in realm: Realm) -> [FieldProblem] {
        let policy = realm.rules.passwordPolicy
        return policy.problems(
            password: password, folded: PasswordText.foldForComparison(password),
            username: user?.username ?? Username(text: "", key: ""),
            email: user?.email ?? EmailAddress(text: "", key: ""), isCommon: CommonPasswords.contains
        ).map { $0.field(policy) }
    }

    /// The same, and whether it is known from a breach, which is asked once all else is right.
    func allProblems(ofNew password: Secret, for user: User, in realm: Realm) async -> [FieldProblem] {
        let problems = problems(ofNew: password, for: user, in: realm)
        return problems.isEmpty ? await breachedPasswords.problems(of: password, in: realm) : problems
    }

    /// The letter after a password was changed, with the way to take it back into one's own hands.
    func passwordChanged(_ found: FoundUser, in realm: Realm) -> MailDraft {
        postman.draft(
            .passwordChanged(at: capabilities.now(), forgot: realm.link(to: .forgotPassword)),
            to: Addressee(found.user, key: found.key), in: realm)
    }
}
