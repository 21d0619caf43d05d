public import Domain
public import Storage

/// Whether an administrator is the one who signed in, and not whoever found a browser open: asked before what cannot be
/// taken back. A program proves itself with its key each time, and is asked nothing more.
public struct ProveAdministrator: Sendable {
    let parts: FlowParts

    /// `nil` where they are believed: by the present password, or because they signed in just now
    /// (`accounts.fresh_sign_in`).
    public func callAsFunction(
        _ caller: AuthResult, password: Secret?, in realm: Realm, from source: Source
    ) async throws(StoreFault) -> ReproofRefusal? {
        guard let principal = caller.principal else { return nil }
        switch try await Reproof(parts: parts)(password, of: principal, in: realm, from: source) {
        case .believed: return nil
        case .refused(let refusal): return refusal
        }
    }
}
