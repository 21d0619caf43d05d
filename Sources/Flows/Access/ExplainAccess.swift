public import Domain
public import Storage

/// Answers "why can she do that?" from the database: every way by which something is held, or what is missing.
public struct ExplainAccess: Sendable {
    let parts: FlowParts

    /// More are not answered at once.
    public static let mostQuestions = 100

    public enum Outcome: Sendable {
        /// `holder` is a user's name or a key's, `grants` everything that they hold.
        case answers([AccessAnswer], holder: String, Grants)
        case noSuchHolder
    }

    /// About anybody: a user, an API key, a group or a role.
    public func callAsFunction(
        _ questions: [AskedAccess], about holder: HolderName, in realm: RealmName
    ) async throws(StoreFault) -> Outcome {
        try await parts.store.read { (reader) throws(StoreFault) in
            guard let found = try holder.find(in: realm, reader) else { return .noSuchHolder }
            let graph: AccessGraph
            switch found.holder {
            case .key(let id):
                guard let key = try reader.apiKey(id, realm: realm) else { return .noSuchHolder }
                graph = try key.accessGraph(reader)
            case .role(let id):
                let rank = try reader.role(id, realm: realm)?.rank ?? 0
                graph = try reader.accessGraph(of: found.holder, realm: realm).held(
                    as: .role(found.holder.node, name: found.label, rank: rank))
            case .user, .group: graph = try reader.accessGraph(of: found.holder, realm: realm)
            }
            return .answers(
                try Self.answers(questions, graph, in: realm, reader),
                holder: found.user?.username.text ?? found.label, graph.grants(at: reader.now))
        }
    }

    /// About whoever asks.
    public func callAsFunction(
        _ questions: [AskedAccess], asking result: AuthResult
    ) async throws(StoreFault) -> [AccessAnswer] {
        let realm = result.realm
        return try await parts.store.read { (reader) throws(StoreFault) in
            let graph: AccessGraph
            switch result.holder {
            case .person(let principal):
                graph = try reader.accessGraph(of: .user(principal.user.id), realm: realm)
            case .service(let service):
                if let id = service.id {
                    graph =
                        try reader.apiKey(id, realm: realm)?.accessGraph(reader)
                        ?? AccessGraph(of: AccessGraph.Holder(id), [])
                } else {
                    // The key from the settings holds what stands there.
                    let own = AccessGraph.Holder(high: 0, low: 0)
                    graph = AccessGraph(
                        of: own,
                        service.grants.permissions.compactMap { text in
                            Permission.Pair(granting: text).map {
                                AccessGraph.Link(own, holds: .permission(name: text, $0, instance: nil))
                            }
                        })
                }
            }
            return try Self.answers(questions, graph, in: realm, reader)
        }
    }

    private static func answers(
        _ questions: [AskedAccess], _ graph: AccessGraph, in realm: RealmName, _ reader: any StoreReader
    ) throws(StoreFault) -> [AccessAnswer] {
        var answers: [AccessAnswer] = []
        for question in questions {
            let explanation = graph.explain(question, at: reader.now)
            answers.append(
                AccessAnswer(
                    question: question, isAllowed: explanation.isAllowed, ways: explanation.ways,
                    absence: explanation.ways.isEmpty ? try absence(question, in: realm, reader) : nil))
        }
        return answers
    }

    private static func absence(
        _ question: AskedAccess, in realm: RealmName, _ reader: any StoreReader
    ) throws(StoreFault) -> AccessAnswer.Absence {
        switch question {
        case .role(let name):
            return try reader.role(named: name, realm: realm) == nil ? .noSuchRole : .notGiven
        case .permission(let name, _):
            if AdminRight(rawValue: name) != nil { return .notGiven }
            return try reader.permission(called: name, realm: realm) == nil ? .noSuchPermission : .notGiven
        }
    }
}
