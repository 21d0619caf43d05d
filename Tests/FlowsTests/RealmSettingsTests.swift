import Domain
import Storage
import TestSupport
import Testing

@testable import Flows

@Suite("Settings of a realm that cannot be understood") struct RealmSettingsTests {
    @Test(
        arguments: [
            ("not JSON", false), (#"{"sign_up":"perhaps"}"#, false), (#"{"sign_in_methods":["telepathy"]}"#, false),
            (#"{"sign_up":false}"#, true), (#"{"of_a_later_version":1}"#, true),
        ])
    func `close it, where the server's own rules would let more people in`(
        _ settings: String, _ isUnderstood: Bool
    ) async throws {
        try await withWorld(.sqlite) { world in
            let shop = try #require(RealmName("shop"))
            let now = world.clock.now
            _ = try await world.store.transaction { (tx) throws(StoreFault) in
                try tx.insert(
                    StoredRealm(
                        name: shop, settings: settings, isEnabled: true, version: 1, createdAt: now, updatedAt: now))
            }
            if isUnderstood {
                #expect(try await world.useCases.realms.find(shop) != nil)
            } else {
                await #expect(throws: StoreFault.self) { try await world.useCases.realms.find(shop) }
            }
        }
    }
}
