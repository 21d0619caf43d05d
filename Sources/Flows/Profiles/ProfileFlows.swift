internal import Domain
internal import Storage

/// People's attributes.
public struct ProfileFlows: Sendable {
    public let read: ReadProfile
    public let change: ChangeProfile
    public let find: FindByAttribute
    public let settle: SettleProfiles
    /// Done about every ten minutes.
    let chores: [Chore]

    /// How many profiles are gone over at a time; the next chore goes on.
    private static let most = 20_000

    init(_ parts: FlowParts) {
        read = ReadProfile(store: parts.store, recorder: parts.recorder, capabilities: parts.capabilities)
        change = ChangeProfile(
            store: parts.store, recorder: parts.recorder, live: parts.live, throttles: parts.throttles,
            capabilities: parts.capabilities)
        find = FindByAttribute(store: parts.store, capabilities: parts.capabilities)
        let settle = SettleProfiles(
            store: parts.store, recorder: parts.recorder, live: parts.live, capabilities: parts.capabilities)
        self.settle = settle
        let (store, realms) = (parts.store, parts.realms)
        chores = [
            Chore(fault: "profiles_not_settled") { () throws(StoreFault) in
                for name in try await Self.names(store) {
                    guard let realm = try await realms.find(name) else { continue }
                    _ = try await settle(realm, atMost: Self.most)
                }
            }
        ]
    }

    private static func names(_ store: any Store) async throws(StoreFault) -> [RealmName] {
        var names: [RealmName] = []
        while true {
            let last = names.last
            let page = try await store.read { (reader) throws(StoreFault) in
                try reader.realms(after: last, limit: 500).map(\.name)
            }
            names += page
            if page.count < 500 { return names }
        }
    }
}
