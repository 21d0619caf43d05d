import Domain
import HTTP
import Standards
import Storage
import TestSupport
import Testing

@testable import Flows

@Suite("Groups") struct GroupTests {
    private func delete(_ name: String, by actor: Actor, in world: World) async throws -> String {
        switch try await world.organisations.deleteGroup(name, in: world.realm.name, by: actor) {
        case .deleted: "deleted"
        case .refused(let refusal): "\(refusal)"
        }
    }

    private func change(
        _ name: String, to new: String? = nil, description: String? = nil, ifVersion version: Int64? = nil,
        in world: World, by actor: Actor = .commandLine
    ) async throws -> String {
        let outcome = try await world.organisations.changeGroup(
            name, newName: new, description: description, ifVersion: version, in: world.realm.name, by: actor)
        switch outcome {
        case .changed(let detail): return "\(detail.group.name) \(detail.group.version)"
        case .refused(.changedMeanwhile(let problems)):
            return problems.map { "\($0.field) \($0.message)" }.joined(separator: ", ")
        case .refused(let refusal): return "\(refusal)"
        }
    }

    @Test(arguments: Backend.available)
    func `members hold what a group and its groups hold, from the next request on`(_ backend: Backend) async throws {
        try await withWorld(backend) { world in
            let maria = try await world.signUp()
            try await world.group("staff", holding: ["messages:read"])
            try await world.group("support", holding: ["messages:write"])
            #expect(try await world.grants(maria).groups == [])
            guard case .done(changed: true) = try await world.put(.group("support"), into: "staff"),
                case .done(changed: true) = try await world.put(.user("maria"), into: "support"),
                case .refused(.cycle) = try await world.put(.group("staff"), into: "support")
            else { throw World.WorldFault.refused("not put") }
            let grants = try await world.grants(maria)
            #expect(grants.groups == ["staff", "support"])
            #expect(grants.hasPermission("messages:read") && grants.hasPermission("messages:write"))
            let page = try await world.organisations.listGroups.members(
                of: "support", in: world.realm.name, after: nil, limit: 1)
            #expect(page?.members.map(\.holderName) == ["maria"] && page?.next == nil)
            #expect(try await delete("staff", by: .commandLine, in: world) == "deleted")
            #expect(try await world.grants(maria).groups == ["support"])
            #expect(try await !world.grants(maria).hasPermission("messages:read"))
        }
    }

    @Test(arguments: Backend.available)
    func `an edit that comes too late is told what has changed`(_ backend: Backend) async throws {
        try await withWorld(backend) { world in
            let maria = try await world.signUp()
            try await world.group("staff")
            _ = try await world.put(.user("maria"), into: "staff")
            _ = try await world.grants(maria)
            #expect(try await change("staff", to: "crew", ifVersion: 1, in: world) == "crew 2")
            #expect(try await world.grants(maria).groups == ["crew"])
            #expect(
                try await change("crew", description: "theirs", ifVersion: 2, in: world) == "crew 3")
            #expect(
                try await change("crew", description: "mine", ifVersion: 2, in: world)
                    == "version is now '3', description is now 'theirs'")
            try await world.group("other")
            #expect(try await change("crew", to: "other", in: world) == "exists")
            #expect(try await change("nobody", to: "other", in: world) == "noSuchGroup")
            let events = try await world.events("change_group")
            #expect(events.first?.this["changes"]?.text.utf8.holds("\"from\":\"staff\"".utf8) == true)
        }
    }

    @Test(arguments: Backend.available)
    func `nobody deletes or renames a group that stands above them, nor the last administrators`(
        _ backend: Backend
    ) async throws {
        try await withWorld(backend) { world in
            let maria = try await world.signUp()
            let rui = try await world.signUp("rui")
            try await world.group("bosses")
            _ = try await world.useCases.createRole(
                name: Role.adminName, description: "", in: world.realm.name, by: .commandLine)
            _ = try await world.useCases.changeGrant(
                GrantChange(.role(Role.adminName), to: .group("bosses")), isGrant: true, in: world.realm.name,
                by: .commandLine)
            _ = try await world.put(.user("maria"), into: "bosses")
            let low = try await world.person(rui)
            #expect(try await delete("bosses", by: low, in: world) == "aboveOwnRank")
            #expect(try await change("bosses", to: "x", in: world, by: low) == "aboveOwnRank")
            let boss = try await world.person(maria)
            #expect(try await delete("bosses", by: boss, in: world) == "lastAdministrator")
            #expect(try await world.grants(maria).hasRole(Role.adminName))
        }
    }
}
