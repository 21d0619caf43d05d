import Domain
import Standards
import Storage
import TestSupport
import Testing

@testable import Flows

@Suite("Making and changing realms") struct RealmFlowTests {
    @Test(arguments: Backend.available)
    func `a realm is made with its role, its key and its event`(_ backend: Backend) async throws {
        try await withWorld(backend) { world in
            #expect(try await world.useCases.realms.find(shop) == nil)
            let made = try await world.make("shop", ["session_limit=3", "url=https://shop.example"])
            #expect(made.version == 1 && made.url == "https://shop.example" && made.createdAt != nil)
            #expect(made.document.json.text == #"{"url":"https://shop.example","session_limit":3}"#)
            let realm = try await world.found(shop)
            #expect(realm.rules.sessionLimit == 3 && realm.issuer == "https://shop.example" && realm.hasOwnHost)
            #expect(try await world.useCases.listAccess.roles(in: shop).map(\.role.name) == ["user"])
            let keys = try await world.store.read { (reader) throws(StoreFault) in try reader.signingKeys(realm: shop) }
            #expect(keys.count == 1)
            guard case .realm(let found)? = try await world.useCases.realms.find(host: "shop.example") else {
                Issue.record("the host is nobody's")
                return
            }
            #expect(found.name == shop)
            let events = try await world.events("create_realm")
            #expect(events.count == 1 && events.first?.confirmedBy == "cli")
            #expect(
                events.first?.this["changes"]?.text
                    == #"[{"name":"url","from":null,"to":"https://shop.example"},{"name":"session_limit","from":null,"to":3}]"#
            )
        }
    }

    @Test(arguments: Backend.available)
    func `a name that is taken, reserved or no name is refused, and nothing is written`(_ backend: Backend) async throws
    {
        try await withWorld(backend) { world in
            _ = try await world.make("shop")
            #expect(await world.refusal { try await world.create("shop") } == ["exists"])
            #expect(await world.refusal { try await world.create("default") } == ["exists"])
            #expect(await world.refusal { try await world.create("system") } == ["exists"])
            #expect(await world.refusal { try await world.create("api") } == ["name reserved_name"])
            #expect(await world.refusal { try await world.create("Shop") } == ["name invalid_name"])
            #expect(
                await world.refusal { try await world.create("other", ["url=http://127.0.0.1:8005"]) }
                    == ["url host_taken"])
            #expect(
                await world.refusal { try await world.create("other", ["sign_in_url=https://evil.example/"]) }
                    == ["sign_in_url foreign_origin"])
            #expect(try await world.names() == ["default", "shop", "system"])
            #expect(try await world.events("create_realm").count == 1)
        }
    }

    @Test(arguments: Backend.available)
    func `a host belongs to one realm, be it its own or an application's`(_ backend: Backend) async throws {
        try await withWorld(backend) { world in
            _ = try await world.make("shop", ["url=https://shop.example", "applications=crm=https://crm.example"])
            #expect(
                await world.refusal { try await world.create("b", ["url=https://crm.example"]) } == ["url host_taken"])
            #expect(
                await world.refusal {
                    try await world.create("b", ["applications=a=https://a.example,s=https://shop.example"])
                } == ["applications[1].origin host_taken"])
            #expect(try await world.names() == ["default", "shop", "system"])
            // What the shop gives up is free, and it cannot take it back.
            _ = try await world.change("shop", ["applications="])
            _ = try await world.make("b", ["url=https://crm.example"])
            #expect(
                await world.refusal { try await world.changing("shop", ["applications=crm=https://crm.example"]) }
                    == ["applications[0].origin host_taken"])
            guard case .realm(let found)? = try await world.useCases.realms.find(host: "crm.example") else {
                Issue.record("the host is nobody's")
                return
            }
            #expect(found.name.text == "b")
        }
    }

    @Test(arguments: Backend.available)
    func `a change holds at once, says what it changed, and twice is once`(_ backend: Backend) async throws {
        try await withWorld(backend) { world in
            _ = try await world.make("shop", ["session_limit=3"])
            _ = try await world.useCases.realms.find(shop)
            let (state, differences) = try await world.change("shop", ["session_limit=4", "sign_up=no"])
            #expect(state.version == 2 && differences.map(\.line) == ["~ session_limit: 3 -> 4", "+ sign_up: false"])
            let rules = try await world.found(shop).rules
            #expect(rules.sessionLimit == 4 && !rules.hasSignUp)
            let (again, nothing) = try await world.change("shop", ["session_limit=4", "sign_up=no"])
            #expect(again.version == 2 && nothing.isEmpty)
            let events = try await world.events("change_realm")
            #expect(events.count == 1)
            #expect(
                events.first?.this["changes"]?.text
                    == #"[{"name":"session_limit","from":3,"to":4},{"name":"sign_up","from":null,"to":false}]"#)
        }
    }

    @Test(arguments: Backend.available)
    func `a change of what somebody else has changed meanwhile is refused`(_ backend: Backend) async throws {
        try await withWorld(backend) { world in
            _ = try await world.make("shop")
            _ = try await world.change("shop", ["session_limit=4"], ifVersion: 1)
            #expect(
                await world.refusal { try await world.changing("shop", ["session_limit=5"], ifVersion: 1) } == [
                    "meanwhile"
                ]
            )
            #expect(
                await world.refusal { try await world.changing("nobody", ["session_limit=5"]) } == ["no such realm"])
            // The realms that always exist have version 0 until somebody changes them.
            _ = try await world.change("default", ["session_limit=9"], ifVersion: 0)
            #expect(
                await world.refusal { try await world.changing("default", ["session_limit=5"], ifVersion: 0) }
                    == ["meanwhile"])
            #expect(try await world.found(.standard).rules.sessionLimit == 9)
        }
    }

    @Test(arguments: Backend.available)
    func `changes at the same time all hold`(_ backend: Backend) async throws {
        try await withWorld(backend) { world in
            _ = try await world.make("shop")
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { _ = try await world.change("shop", ["session_limit=4"]) }
                group.addTask { _ = try await world.change("shop", ["sign_up=no"]) }
                group.addTask { _ = try await world.change("shop", ["same_site=strict"]) }
                try await group.waitForAll()
            }
            let state = try #require(await world.useCases.showRealm(shop))
            #expect(state.version == 4)
            #expect(state.document.json.text == #"{"session_limit":4,"sign_up":false,"same_site":"strict"}"#)
        }
    }

    @Test(arguments: Backend.available)
    func `a disabled realm is known as disabled at once`(_ backend: Backend) async throws {
        try await withWorld(backend) { world in
            _ = try await world.make("shop")
            #expect(try await world.found(shop).isEnabled)
            _ = try await world.change("shop", ["enabled=no"])
            #expect(try await !world.found(shop).isEnabled)
            _ = try await world.change("shop", ["enabled=yes"])
            #expect(try await world.found(shop).isEnabled)
            #expect(
                await world.refusal { try await world.changing("system", ["enabled=no"]) } == ["enabled not_allowed"])
            #expect(try await world.found(.system).isEnabled)
        }
    }

    @Test func `names and hosts that strangers make up push no realm out of memory`() async throws {
        try await withWorld(.sqlite) { world in
            _ = try await world.make("shop", ["url=https://shop.example"])
            let realms = world.useCases.realms
            let before = try await world.found(shop)
            guard case .realm? = try await realms.find(host: "shop.example") else {
                Issue.record("the host is nobody's")
                return
            }
            for number in 0...(2 * Realms.capacity) {
                #expect(try await realms.find(try #require(RealmName("x\(number)"))) == nil)
                if case .some = try await realms.find(host: "x\(number).example") { Issue.record("somebody's host") }
            }
            guard case let known?? = realms.known(shop), case .realm? = realms.known(host: "shop.example") ?? nil else {
                Issue.record("forgotten")
                return
            }
            #expect(known === before)
            // And what was nobody's is somebody's as soon as it is made.
            let last = "x\(2 * Realms.capacity)"
            _ = try await world.make(last, ["url=https://\(last).example"])
            #expect(try await realms.find(try #require(RealmName(last))) != nil)
            guard case .realm? = try await realms.find(host: "\(last).example") else {
                Issue.record("the new host is nobody's")
                return
            }
        }
    }

    @Test(arguments: Backend.available)
    func `realms are listed in pages, those without a row too`(_ backend: Backend) async throws {
        try await withWorld(backend) { world in
            for name in ["zoo", "shop", "a", "t", "e"] { _ = try await world.make(name) }
            _ = try await world.change("default", ["session_limit=9"])
            var names: [String] = []
            var last: RealmName?
            repeat {
                let page = try await world.useCases.listRealms(after: last, limit: 2)
                #expect(page.realms.count <= 2)
                names += page.realms.map(\.name.text)
                last = page.next
            } while last != nil
            #expect(names == ["a", "default", "e", "shop", "system", "t", "zoo"])
        }
    }

    @Test(arguments: Backend.available)
    func `who operates over the API is named in the operators' log, and by his id alone in the realm's`(
        _ backend: Backend
    ) async throws {
        try await withWorld(backend) { world in
            let system = try await world.found(.system)
            let added = try await world.useCases.addUser(
                SignUp.Input(
                    username: "ana", email: "ana@example.com", password: Secret(utf8: "correct horse battery")),
                roles: [], createMissingRoles: false, in: system, by: .commandLine)
            guard case .added(let ana, _) = added else {
                Issue.record("not added")
                return
            }
            let principal = Principal(
                ana.person, session: ID(high: 1, low: 1), grants: .none, lastActivityAt: world.clock.now,
                idleLimit: .seconds(60), absoluteEnd: world.clock.now + .seconds(60))
            guard
                case .done = try await world.useCases.createRealm(
                    "shop", setting: try RealmPatch([:]), by: Actor(principal, provenBy: .bearer, from: World.source))
            else {
                Issue.record("refused")
                return
            }
            let lines = try await world.events("create_realm", count: 2)
            #expect(lines.allSatisfy { $0.confirmedBy != "cli" })
            #expect(Set(lines.map(\.who)) == ["ana", "system"])
            let theirs = try #require(lines.first(where: { $0.who == "ana" })).this
            #expect(theirs["target_realm"]?.string == "shop" && theirs["ip"]?.string == World.source.address)
            let own = try #require(lines.first(where: { $0.who != "ana" })).this
            #expect(own["operator"]?.string == ana.id.text && own["ip"] == nil)
        }
    }
}

@Suite("Applying a realm's file") struct ApplyRealmTests {
    static let file: JSON = [
        "realm": "market", "session_limit": 5, "transports": ["cookie"], "url": "https://market.example",
        "permissions": [
            "offers:read", ["resource": "offers", "action": "write", "name": "offers.write", "description": "To sell"],
        ],
        "roles": [
            ["name": "producer", "description": "Sells", "permissions": ["offers:read", "offers:write"]],
            ["name": "user", "permissions": ["offers:read"]],
        ],
    ]

    @Test(arguments: Backend.available)
    func `a file makes a realm whole, and the second time nothing`(_ backend: Backend) async throws {
        try await withWorld(backend) { world in
            let dry = try await world.apply(Self.file, isDryRun: true)
            #expect(try await world.names() == ["default", "system"])
            let first = try await world.apply(Self.file)
            #expect(dry == first)
            #expect(
                first == [
                    #"+ realm: "market""#, #"+ url: "https://market.example""#, "+ session_limit: 5",
                    #"+ transports: ["cookie"]"#,
                    #"+ permission offers:read: {"name":"offers:read","description":""}"#,
                    #"+ permission offers:write: {"name":"offers.write","description":"To sell"}"#,
                    #"+ role producer: "Sells""#, #"+ role producer permission: "offers:read""#,
                    #"+ role producer permission: "offers:write""#, #"+ role user permission: "offers:read""#,
                ])
            let roles = try await world.useCases.listAccess.roles(in: market)
            #expect(
                roles.map { "\($0.role.name) \($0.permissions.map(\.pair.description))" } == [
                    #"producer ["offers:read", "offers:write"]"#, #"user ["offers:read"]"#,
                ])
            #expect(try await world.events("create_permission", count: 2).count == 2)
            let before = try await world.position()
            #expect(try await world.apply(Self.file) == [])
            #expect(try await world.apply(Self.file, isDryRun: true) == [])
            #expect(try await world.position() == before, "something was written")
        }
    }

    @Test(arguments: Backend.available)
    func `what a file leaves out follows the server, but nobody loses what they hold`(_ backend: Backend) async throws {
        try await withWorld(backend) { world in
            _ = try await world.apply(Self.file)
            _ = try await world.useCases.createRole(name: "guest", description: "", in: market, by: .commandLine)
            let second: JSON = [
                "realm": "market", "session_limit": 6,
                "permissions": [["resource": "offers", "action": "read", "description": "To buy"]],
                "roles": [["name": "producer", "description": "Makes", "permissions": ["offers:write"]]],
            ]
            #expect(
                try await world.apply(second) == [
                    #"- url: "https://market.example""#, "~ session_limit: 5 -> 6", #"- transports: ["cookie"]"#,
                    #"~ permission offers:read: {"name":"offers:read","description":""} -> {"name":"offers:read","description":"To buy"}"#,
                    #"~ role producer: "Sells" -> "Makes""#, #"- role producer permission: "offers:read""#,
                ])
            #expect(try await world.apply(second) == [])
            let roles = try await world.useCases.listAccess.roles(in: market)
            #expect(
                roles.map { "\($0.role.name) \($0.role.description) \($0.permissions.map(\.pair.description))" } == [
                    "guest  []", #"producer Makes ["offers:write"]"#,
                    #"user Given to everybody who signs up. ["offers:read"]"#,
                ])
            #expect(try await world.useCases.listAccess.permissions(in: market, resource: nil).count == 2)
            #expect(try await world.useCases.realms.find(host: "market.example") == nil)
            for did in ["change_role", "change_permission", "revoke_permission", "change_realm"] {
                #expect(try await world.events(did).count == 1, "\(did)")
            }
        }
    }

    @Test(arguments: Backend.available)
    func `a file that does not say so enables nothing`(_ backend: Backend) async throws {
        try await withWorld(backend) { world in
            _ = try await world.apply(Self.file)
            _ = try await world.change("market", ["enabled=no"])
            #expect(try await world.apply(Self.file) == [])
            #expect(try await !world.found(market).isEnabled)
            #expect(try await world.apply(["realm": "market", "enabled": true]).contains("- enabled: false"))
            #expect(try await world.found(market).isEnabled)
        }
    }

    @Test(arguments: Backend.available)
    func `a file with a mistake changes nothing at all`(_ backend: Backend) async throws {
        try await withWorld(backend) { world in
            let bad: [(JSON, [String])] = [
                (["realm": "api"], ["realm reserved_name"]),
                (
                    ["realm": "shop", "session_idle": 3_000_000, "roles": [["name": "a", "permissions": ["x:y"]]]],
                    ["session_idle out_of_range", "roles no_such_permission"]
                ),
                (["realm": "default", "url": "https://a.example"], ["url not_allowed"]),
            ]
            for (json, expected) in bad {
                for isDryRun in [true, false] {
                    #expect(await world.refusal { try await world.applying(json, isDryRun: isDryRun) } == expected)
                }
            }
            let names = try await world.names()
            #expect(names == ["default", "system"])
        }
    }

    @Test(arguments: Backend.available)
    func `the default realm is applied to like any other`(_ backend: Backend) async throws {
        try await withWorld(backend) { world in
            let nothing = try await world.apply(["realm": "default"])
            #expect(nothing == [])
            #expect(
                try await world.apply(["realm": "default", "sign_up": false, "permissions": ["a:b"]]) == [
                    "+ sign_up: false", #"+ permission a:b: {"name":"a:b","description":""}"#,
                ])
            #expect(try await world.apply(["realm": "default", "sign_up": false, "permissions": ["a:b"]]) == [])
            #expect(try await world.events("create_realm", count: 0).isEmpty)
        }
    }

    @Test(arguments: Backend.available)
    func `a long file is applied whole`(_ backend: Backend) async throws {
        try await withWorld(backend) { world in
            let pairs = (0..<100).map { JSON.string("things:do-\($0)") }
            let json: JSON = [
                "realm": "market", "permissions": .array(pairs),
                "roles": [["name": "all", "permissions": .array(pairs)]],
            ]
            let lines = try await world.apply(json)
            #expect(lines.count == 202)
            #expect(try await world.apply(json) == [])
            #expect(try await world.useCases.listAccess.role("all", in: market)?.permissions.count == 100)
        }
    }
}

private let shop = RealmName("shop") ?? .standard
private let market = RealmName("market") ?? .standard

extension World {
    fileprivate func create(_ name: String, _ set: [String] = []) async throws -> RealmOutcome {
        try await useCases.createRealm(name, setting: try RealmPatch(setting: set), by: .commandLine)
    }

    fileprivate func make(_ name: String, _ set: [String] = []) async throws -> RealmState {
        try Self.done(await create(name, set)).0
    }

    fileprivate func changing(_ name: String, _ set: [String], ifVersion: Int64? = nil) async throws -> RealmOutcome {
        try await useCases.changeRealm(
            try #require(RealmName(name)), by: try RealmPatch(setting: set),
            ifVersion: ifVersion.flatMap { EditVersion("\($0)") },
            actor: .commandLine)
    }

    @discardableResult
    fileprivate func change(
        _ name: String, _ set: [String], ifVersion: Int64? = nil
    ) async throws -> (RealmState, [RealmDifference]) { try Self.done(await changing(name, set, ifVersion: ifVersion)) }

    fileprivate func applying(_ json: JSON, isDryRun: Bool = false) async throws -> RealmOutcome {
        try await useCases.applyRealm(try RealmFile(json), isDryRun: isDryRun, by: .commandLine)
    }

    /// The differences' lines.
    fileprivate func apply(_ json: JSON, isDryRun: Bool = false) async throws -> [String] {
        try Self.done(await applying(json, isDryRun: isDryRun)).1.map(\.line)
    }

    private static func done(_ outcome: RealmOutcome) throws -> (RealmState, [RealmDifference]) {
        guard case .done(let state, let differences) = outcome else { throw WorldFault.refused("\(outcome)") }
        return (state, differences)
    }

    /// Why something was refused; nothing where it was not.
    fileprivate func refusal(_ body: () async throws -> RealmOutcome) async -> [String] {
        do {
            guard case .refused(let refusal) = try await body() else { return [] }
            switch refusal {
            case .invalid(let problems): return problems.map { "\($0.field) \($0.code)" }
            case .exists: return ["exists"]
            case .noSuchRealm: return ["no such realm"]
            case .changedMeanwhile: return ["meanwhile"]
            case .keyReused: return ["key reused"]
            }
        } catch { return ["\(error)"] }
    }

    fileprivate func found(_ name: RealmName) async throws -> Realm {
        try #require(await useCases.realms.find(name))
    }

    fileprivate func names() async throws -> [String] {
        try await useCases.listRealms(after: nil, limit: 100).realms.map(\.name.text)
    }

    fileprivate func position() async throws -> [String] {
        let feed = try await store.read { (reader) throws(StoreFault) in try reader.feedPosition() }
        let events = try await useCases.readLog(after: nil, limit: 1_000).count
        return ["\(feed)", "\(events)"]
    }
}
