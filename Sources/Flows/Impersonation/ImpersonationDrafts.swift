internal import Domain
internal import Standards
internal import Storage

/// The two events of each beginning and each end: one in the realm where it happened, one in the operators' own.
struct ImpersonationDrafts: Sendable {
    /// In the person's realm, where the operator is nobody who could be the actor.
    private let there: EventDraft
    private let operators: EventDraft

    /// Whom both speak of.
    struct Parties: Sendable {
        /// The operator; `nil` where erased.
        let impersonator: Person?
        let impersonatorKey: [UInt8]?
        let user: Person
        let userKey: SubjectKey?
    }

    /// - Parameters:
    ///   - actor: whose deed it is; nobody's where it ended by itself.
    ///   - reason: stands in what is sealed for either, because people write names into it.
    init(
        _ deed: Deed, _ impersonation: Impersonation, of parties: Parties, reason: String? = nil,
        by actor: Actor?, actorKey: [UInt8]? = nil, details: [(String, JSON)] = [], _ recorder: Recorder
    ) {
        let source = (actor?.source ?? .local).acting(nil)
        let confirmedBy = actor?.confirmedBy ?? "server"
        let said = reason.map { [("reason", JSON.string($0))] } ?? []
        let target: [(String, JSON)] = [("target", .string(parties.user.id.text))]
        func part(_ key: SubjectKey?, _ user: Person) -> Recorder.PersonalPart {
            let plain = recorder.part(key, user: user)
            return Recorder.PersonalPart(key: plain.key, details: plain.details + said)
        }
        there = recorder.draft(
            deed, realm: parties.user.realm, confirmedBy: confirmedBy, source: source.acting(impersonation),
            details: target + details, personal: [part(parties.userKey, parties.user)])
        var personal = [part(parties.userKey, parties.user)]
        if let impersonator = parties.impersonator {
            let key = recorder.subjectKeys.open(
                parties.impersonatorKey, for: impersonator.id, realm: impersonator.realm)
            let isOwn = actor?.person?.id == impersonator.id || actor?.person == nil && deed == .beginImpersonation
            let plain = isOwn ? recorder.part(key, user: impersonator, source: source) : part(key, impersonator)
            personal.append(Recorder.PersonalPart(key: plain.key, details: plain.details + (isOwn ? said : [])))
        }
        if let person = actor?.person, person.id != impersonation.impersonator {
            let key = recorder.subjectKeys.open(actorKey, for: person.id, realm: person.realm)
            personal.append(recorder.part(key, user: person, source: source))
        }
        operators = recorder.draft(
            deed, realm: .system,
            actor: actor?.person?.id ?? (deed == .beginImpersonation ? impersonation.impersonator : nil),
            confirmedBy: confirmedBy, source: source,
            details: [
                ("target_realm", .string(parties.user.realm.text)), ("impersonation", .string(impersonation.id.text)),
                ("operator", .string(impersonation.impersonator.text)),
            ] + target + details, personal: personal)
    }

    func append(to tx: any StoreTransaction) throws(StoreFault) {
        try there.append(to: tx)
        try operators.append(to: tx)
    }
}
