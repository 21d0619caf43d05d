internal import Domain
internal import Storage

/// Which buckets a try is taken from.
struct Lanes: Sendable {
    /// Everybody's, which an attacker can empty: the account's, the network's and the realm's.
    private let common: [ThrottleBucket]
    /// Instead of the common ones for a device that signed in to the account before: nobody else's tries count there.
    private let device: [ThrottleBucket]
    /// For an address from which the account signed in lately, where the others are empty.
    private let address: ThrottleBucket
    /// What says that it did.
    private let known: [UInt8]
    private let remembers: Bool

    /// All devices of an account together may try so many times more than one of them: whoever had the password once may
    /// have made many marks with it.
    private static let devices = 4
    /// An address's lane, as a part of the account's.
    private static let addressPart = 5

    init(
        _ act: Throttles.Act, _ identifier: String?, in realm: Realm, from source: Source, device shown: String?,
        account: ID<User>?, since password: Timestamp?, _ keys: DefenceKeys
    ) {
        let (name, rules) = (realm.name, realm.rules.defence)
        let owner = (account ?? .nobody).text
        let place = Self.place(of: source)
        let perHour = rules.triesPerHour(ofAccount: act)
        let accounts = identifier.map { Budget(perHour).bucket(Self.key(ofAccount: $0, act, name, keys)) }
        let network = rules.triesPerHour(ofNetwork: act).map {
            Budget($0).bucket(keys.mac("network", name.text, act.rawValue, source.network))
        }
        let everybody = Budget(rules.realmTriesPerHour).bucket(keys.mac("realm", name.text, act.rawValue))
        common = [accounts, network, act == .signIn ? everybody : nil].compactMap(\.self)
        let mark = shown.flatMap(DeviceMark.init)
        let isOwn =
            mark?.isOf(account ?? .nobody, since: password ?? Timestamp(milliseconds: 0), in: name, keys) ?? false
        device =
            if let mark, isOwn, account != nil {
                [
                    Budget(rules.deviceTriesPerHour).bucket(
                        keys.mac("own device", name.text, act.rawValue, mark.id, owner)),
                    Budget(rules.deviceTriesPerHour * Self.devices).bucket(
                        keys.mac("own devices", name.text, act.rawValue, owner)),
                ]
            } else { [] }
        address = Budget(perHour / Self.addressPart).bucket(
            keys.mac("own address", name.text, act.rawValue, owner, place))
        known = keys.mac("known address", name.text, owner, place)
        remembers = act == .signIn && account != nil
    }

    static func key(ofAccount identifier: String, _ act: Throttles.Act, _ realm: RealmName, _ keys: DefenceKeys)
        -> [UInt8]
    {
        keys.mac("account", realm.text, act.rawValue, identifier)
    }

    /// One statement where the try is let through. All or nothing: what was taken beside a bucket that is empty goes back.
    func take(_ tx: any StoreTransaction) throws(StoreFault) -> Throttles.Verdict {
        let wanted = device.isEmpty ? common : device
        guard let delay = try wait(for: wanted, tx) else { return .go(ticket(wanted)) }
        // For devices too: whoever knew the password once, and made marks with it, can empty the lane that they share.
        guard let end = try tx.throttles([known])[known], tx.now < end, try wait(for: [address], tx) == nil else {
            return .wait(delay)
        }
        return .go(ticket([address]))
    }

    /// `nil` where a try was taken from each.
    private func wait(for buckets: [ThrottleBucket], _ tx: any StoreTransaction) throws(StoreFault) -> Duration? {
        let taken = try tx.take(buckets, at: tx.now)
        let empty = buckets.filter { !taken.contains($0.key) }
        if empty.isEmpty { return nil }
        if !taken.isEmpty {
            try tx.giveBack(
                buckets.filter { taken.contains($0.key) }, at: tx.now, remembering: nil, until: tx.now)
        }
        let ends = try tx.throttles(empty.map(\.key))
        let delays = empty.map { bucket in
            (ends[bucket.key] ?? tx.now).milliseconds - tx.now.milliseconds + bucket.step - bucket.room
        }
        return .milliseconds(max(1, delays.max() ?? 1))
    }

    private func ticket(_ taken: [ThrottleBucket]) -> Throttles.Ticket {
        Throttles.Ticket(taken: taken, network: remembers ? known : nil)
    }

    /// An IPv4 address and not its network, which an attacker may share with the owner; of IPv6 the /64, in which one machine
    /// has as many addresses as it likes.
    private static func place(of source: Source) -> String {
        source.address.utf8.contains(UInt8(ascii: ":")) ? source.network : source.address
    }
}
