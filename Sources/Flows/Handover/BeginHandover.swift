public import Domain
internal import HTTP
internal import Standards
public import Storage

/// Makes the code by which an application's host takes a session over: good once, for half a minute, in the browser
/// that asked.
public struct BeginHandover: Sendable {
    let store: any Store
    let recorder: Recorder
    let capabilities: Capabilities

    static let lifetime = Duration.seconds(30)

    public enum Outcome: Sendable { case begun(code: String), refused(Refusal) }
    public enum Refusal: String, CaseIterable, Sendable {
        /// The state is no digest of a browser's cookie.
        case malformed
        case sessionOver = "session_over"
    }

    public func browser(knownBy cookie: ArraySlice<UInt8>?) -> HandoverBrowser {
        .known(by: cookie, capabilities)
    }

    /// - Parameters:
    ///   - state: see ``HandoverBrowser/state``.
    ///   - path: where on the application's host the browser goes in the end; checked by the caller.
    public func callAsFunction(
        _ principal: Principal, to application: Application, state: String, returnTo path: String, in realm: Realm,
        from source: Source
    ) async throws(StoreFault) -> Outcome {
        guard let browser = HandoverBrowser.digest(of: state) else { return .refused(.malformed) }
        let user = principal.user
        let wrapped = try await store.read(in: .realm(realm.name)) { (reader) throws(StoreFault) in
            try reader.subjectKey(of: user.id, realm: realm.name)
        }
        let key = recorder.subjectKeys.open(wrapped, for: user.id, realm: realm.name)
        let draft = recorder.draft(
            .beginHandover, realm: realm.name, actor: user.id, confirmedBy: "session", source: source,
            details: [
                ("application", .string(application.name)), ("session", .string(principal.session.text)),
            ], personal: [recorder.part(key, user: user, source: source)])
        let code = HandoverCodeText.make(capabilities)
        let isBegun = try await store.transaction(in: .realm(realm.name)) { (tx) throws(StoreFault) in
            guard let session = try tx.session(principal.session, realm: realm.name), !session.isOver(at: tx.now),
                session.parent == nil
            else { return false }
            try tx.insert(
                HandoverCode(
                    digest: code.digest, realm: realm.name, session: session.id, application: application.name,
                    host: application.origin.authority, browser: browser, returnTo: path,
                    expiresAt: tx.now + Self.lifetime))
            try draft.append(to: tx)
            return true
        }
        return isBegun ? .begun(code: code.text) : .refused(.sessionOver)
    }
}

extension Application {
    /// ``Domain/Session/client`` of the sessions on its host.
    public var client: String { "app/\(name)" }
}
