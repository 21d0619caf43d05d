internal import Domain
public import Storage

/// Makes a realm, with the role that everybody gets and the key that signs its tokens.
public struct CreateRealm: Sendable {
    let change: RealmChange

    public func callAsFunction(
        _ name: String, setting patch: RealmPatch, by actor: Actor, once request: RepeatableRequest? = nil
    ) async throws(StoreFault) -> RealmOutcome {
        // What operators repeat is theirs, whichever realm it makes.
        let once = OnceOnly(request, in: .system, change.dataKeys, change.capabilities)
        switch try await once?.look(in: change.store) {
        case nil, .new: break
        case .reused: return .refused(.keyReused)
        case .known(let answer): return try await made(answer)
        }
        guard let realm = RealmName(name) else {
            return .refused(.invalid([FieldProblem(field: "name", code: "invalid_name", message: RealmName.rule)]))
        }
        if realm.alwaysExists { return .refused(.exists) }
        if realm.isReserved { return .refused(.invalid([.reservedName("name")])) }
        let document = RealmDocument().changed(by: patch)
        switch try await change.write(document, of: realm, over: nil, by: actor, once: once) {
        case .refused(let refusal): return .refused(refusal)
        case .before(let answer): return try await made(answer)
        case .done(let row):
            return .done(change.state(realm, row), RealmDocument().differences(to: document))
        }
    }

    /// The realm that the same request made before, as it is now.
    private func made(_ answer: [UInt8]) async throws(StoreFault) -> RealmOutcome {
        guard let name = RealmName(String(decoding: answer, as: UTF8.self)) else {
            throw .damaged("a remembered answer is no realm's name")
        }
        let row = try await change.store.read { (reader) throws(StoreFault) in try reader.realm(named: name) }
        guard let row else { return .refused(.noSuchRealm) }
        return .done(change.state(name, row), RealmDocument().differences(to: RealmDocument(row)))
    }
}

extension FieldProblem {
    static func reservedName(_ field: String) -> FieldProblem {
        FieldProblem(field: field, code: "reserved_name", message: "is a name that means something else")
    }
}
