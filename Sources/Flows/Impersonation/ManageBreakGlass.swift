internal import Crypto
public import Domain
internal import Standards
public import Storage

/// Makes the code that opens an operator session when nothing else does, takes it back, and says whether there is one.
public struct ManageBreakGlass: Sendable {
    let parts: FlowParts

    /// Makes a code and forgets the one before; the text is shown once and kept nowhere.
    public func create(by actor: Actor) async throws(StoreFault) -> Secret {
        guard let code = BreakGlassCode(Secret(parts.capabilities.random(BreakGlassCode.byteCount))) else {
            throw .unexpected("there was no chance to draw from")
        }
        let id = parts.capabilities.id(BreakGlassCode.self)
        let digest = BreakGlass.digest(code)
        let draft = try await parts.recorder.draft(
            .createBreakGlassCode, realm: .system, by: actor, details: [("code", .string(id.text))], in: parts.store)
        try await parts.store.transaction { (tx) throws(StoreFault) in
            try tx.replaceBreakGlass(id, digest: digest)
            try draft.append(to: tx)
        }
        return Secret(utf8: code.text(check: BreakGlass.check(code.secret)))
    }

    /// False where there was none that could be used.
    public func revoke(by actor: Actor) async throws(StoreFault) -> Bool {
        let draft = try await parts.recorder.draft(
            .revokeBreakGlassCode, realm: .system, by: actor, details: [], in: parts.store)
        return try await parts.store.transaction { (tx) throws(StoreFault) in
            guard try tx.revokeBreakGlass() else { return false }
            try draft.append(to: tx)
            return true
        }
    }

    /// `nil` where there is no code.
    public func status() async throws(StoreFault) -> StoredBreakGlass? {
        try await parts.store.read { (reader) throws(StoreFault) in try reader.breakGlass() }
    }
}
