internal import Domain
internal import Standards
internal import Storage

/// Says what a change of a realm's profile rules would break, before it is made.
struct CheckProfiles: Sendable {
    let store: any Store
    let recorder: Recorder
    let capabilities: Capabilities

    private static let page = 500

    /// One problem for each attribute and each thing that is wrong with it, with how many people have it; empty where every
    /// profile fits.
    func callAsFunction(
        _ rules: ProfileRules, insteadOf old: ProfileRules, in realm: Realm
    ) async throws(StoreFault) -> [FieldProblem] {
        guard rules.attributes != old.attributes, let sheet = ProfileSheet(realm, rules: rules, capabilities) else {
            return []
        }
        var counts: [String: [String: Int]] = [:]
        var seen: [String: Set<[UInt8]>] = [:]
        var last: ID<User>?
        while true {
            let after = last
            let page = try await store.read(in: .realm(realm.name)) {
                (reader) throws(StoreFault) -> [(StoredProfile, [UInt8]?)] in
                var page: [(StoredProfile, [UInt8]?)] = []
                for stored in try reader.profiles(realm: realm.name, after: after, limit: Self.page) {
                    page.append((stored, try reader.subjectKey(of: stored.user, realm: realm.name)))
                }
                return page
            }
            for (stored, wrapped) in page {
                let key = recorder.subjectKeys.open(wrapped, for: stored.user, realm: realm.name)
                let values = sheet.open(stored.sealed, of: stored.user, under: key)
                let (fitting, misfits) = sheet.judge(values)
                for name in values.keys where !(rules.kept.contains { $0.name == name }) {
                    counts[name, default: [:]]["removed", default: 0] += 1
                }
                for misfit in misfits { counts[misfit.field, default: [:]][misfit.code, default: 0] += 1 }
                for value in sheet.uniqueValues(fitting) {
                    let mac = Array(value.mac.prefix(16))
                    if seen[value.attribute, default: []].insert(mac).inserted { continue }
                    counts[value.attribute, default: [:]]["taken", default: 0] += 1
                }
            }
            guard page.count == Self.page else { break }
            last = page.last?.0.user
        }
        return counts.sorted { $0.key < $1.key }.flatMap { name, found in
            found.sorted { $0.key < $1.key }.map { code, count in .breaking(name, code, count) }
        }
    }
}

extension FieldProblem {
    fileprivate static func breaking(_ name: String, _ code: String, _ count: Int) -> FieldProblem {
        let people = count == 1 ? "1 person has" : "\(count) people have"
        let what =
            switch code {
            case "removed": "a value that would be deleted"
            case "taken": "a value that another person has too"
            default: "a value that would not fit (\(code))"
            }
        return FieldProblem(
            field: "profile.attributes", code: "breaks_profiles", message: "'\(name)': \(people) \(what)")
    }
}
