internal import Concurrency
internal import Crypto
internal import Domain
internal import Standards
internal import Storage

/// A realm's profile rules at work: what somebody's values mean under them, and how they are kept.
struct ProfileSheet: Sendable {
    let realm: RealmName
    let rules: ProfileRules
    /// Makes the MACs of values that must be unique. It follows from a key that no change of the master key replaces:
    /// two people's MACs must always be comparable.
    private let uniqueKey: Secret
    private let random: @Sendable (Int) -> [UInt8]

    /// `nil` for a realm whose keys were not read.
    init?(_ realm: Realm, rules: ProfileRules? = nil, _ capabilities: Capabilities) {
        guard let root = realm.nobody.withLock({ $0 }) else { return nil }
        self.realm = realm.name
        self.rules = rules ?? realm.rules.profile
        uniqueKey = HKDF.sha256(input: root.key, salt: [], info: Array("profile unique values 1".utf8), count: 32)
        random = capabilities.random
    }

    /// What stands for these rules in the rows that were gone over under them. Roles count by their ids, so that one
    /// that is made after the rule is given to whom it is due.
    func fingerprint(_ reader: any StoreReader) throws(StoreFault) -> [UInt8] {
        var text = JSON.profileAttributes(rules.attributes).text + JSON.profileAssignments(rules.assignments).text
        for name in Set(rules.assignments.map(\.role)).sorted() {
            text += "\u{0}" + (try reader.role(named: name, realm: realm)?.id.text ?? "-")
        }
        return Array(Digest.sha256(Array(text.utf8)).prefix(16))
    }

    func seal(_ values: ProfileValues, of user: ID<User>, under key: SubjectKey) -> [UInt8] {
        let nonce = random(AEAD.nonceCount)
        let members = values.sorted { $0.key < $1.key }.map { JSON.Member($0.key, $0.value.json) }
        return nonce
            + AEAD.seal(
                Array(JSON.object(members).text.utf8), key: key.key, nonce: nonce,
                associatedData: associatedData(user))
    }

    /// Nothing without the right key: a person who was erased has no attributes.
    func open(_ sealed: [UInt8], of user: ID<User>, under key: SubjectKey?) -> ProfileValues {
        guard let key, sealed.count > AEAD.nonceCount,
            let plain = AEAD.open(
                Array(sealed.dropFirst(AEAD.nonceCount)), key: key.key, nonce: Array(sealed.prefix(AEAD.nonceCount)),
                associatedData: associatedData(user)),
            case .object(let members)? = try? JSON.parse(plain)
        else { return [:] }
        var values: ProfileValues = [:]
        for member in members { values[member.name] = AttributeValue(member.value) }
        return values
    }

    private func associatedData(_ user: ID<User>) -> [UInt8] { Array("profile 1 \(realm.text) ".utf8) + user.bytes }

    /// What nobody else may have; only of values that fit.
    func uniqueValues(_ values: ProfileValues) -> [UniqueValue] {
        rules.kept.compactMap { attribute in
            attribute.uniqueText(in: values).map { UniqueValue(attribute: attribute.name, mac: mac($0, attribute)) }
        }
    }

    func mac(_ text: String, _ attribute: ProfileAttribute) -> [UInt8] {
        HMAC.sha256(key: uniqueKey, Array("\(attribute.name)\u{0}\(attribute.uniqueWith ?? "")\u{0}\(text)".utf8))
    }

    /// The values that the present rules understand, and what is wrong with the others.
    func judge(_ values: ProfileValues) -> (fitting: ProfileValues, misfits: [FieldProblem]) {
        var fitting: ProfileValues = [:]
        var misfits: [FieldProblem] = []
        for attribute in rules.kept {
            guard let value = values[attribute.name] else { continue }
            var problems: [FieldProblem] = []
            let read = attribute.read(value.json, at: attribute.name, &problems)
            if let read { fitting[attribute.name] = read } else { misfits += problems }
        }
        return (fitting, misfits)
    }

    /// The attributes that everybody must have.
    func missing(in values: ProfileValues) -> [String] {
        rules.kept.filter { $0.requirement == .always && values[$0.name] == nil }.map(\.name)
    }

    /// - Parameter isAlone: whether no value is somebody else's as well.
    func state(of values: ProfileValues, isAlone: Bool = true) -> ProfileState {
        if !isAlone || !judge(values).misfits.isEmpty { return .needsAttention }
        return missing(in: values).isEmpty ? .complete : .incomplete
    }

    /// What an event may say of changed values; sealed, and masked besides where the realm wants that.
    func told(_ names: [String], of values: ProfileValues) -> JSON {
        .object(
            names.map { name in
                guard let attribute = rules.attribute(name), let value = values[name] else {
                    return JSON.Member(name, .null)
                }
                return JSON.Member(name, attribute.isMasked ? .string(attribute.type.masked(value)) : value.json)
            })
    }

    func profile(
        of user: User, _ stored: StoredProfile?, _ key: SubjectKey?, for party: ProfileParty?
    ) -> Profile {
        let values = stored.map { open($0.sealed, of: user.id, under: key) } ?? [:]
        let (fitting, misfits) = judge(values)
        let entries = rules.attributes.compactMap { attribute -> Profile.Entry? in
            guard party.map({ attribute.readers.contains($0) }) ?? true else { return nil }
            let value = user.value(of: attribute.type) ?? fitting[attribute.name]
            return value.map { Profile.Entry(attribute: attribute, value: $0) }
        }
        // Whatever else is wrong with the row was found when it was gone over.
        let isAlone = !(stored?.state == .needsAttention && misfits.isEmpty)
        return Profile(
            user: user, version: stored?.version ?? 0, state: state(of: values, isAlone: isAlone), entries: entries,
            missing: missing(in: fitting), misfits: misfits)
    }
}

extension User {
    /// What the account itself says; `nil` for attributes that it does not keep.
    fileprivate func value(of type: AttributeType) -> AttributeValue? {
        guard case .account(let value) = type else { return nil }
        return switch value {
        case .number: .integer(number)
        case .username: .text(username.text)
        case .email: .text(email.text)
        case .isActive: .flag(isActive && deactivatedAt == nil)
        }
    }
}
