import Domain
import Standards
import Storage
import TestSupport
import Testing

@testable import Flows

@Suite("Changing a directory with people in it") struct ProfileRulesTests {
    /// Three people, two of whom have the same floor, and one a long nickname.
    private static func people(_ world: World) async throws {
        try await world.profiles()
        for name in ["ana", "bia", "caio"] {
            let tokens = try await world.signUp(name)
            _ = try await world.change(name, ["nome_completo": .string(name), "andar": name == "caio" ? 9 : 3])
            let owner = try await world.owner(tokens)
            if name == "ana" { _ = try await world.change(name, ["apelido": "uma pessoa longa"], by: owner) }
        }
    }

    @Test(arguments: Backend.available)
    func `what would break is counted first and refused, and nothing has changed`(_ backend: Backend) async throws {
        try await withWorld(backend) { world in
            try await Self.people(world)
            let narrow = directory { attributes in
                attributes[6] = ["name": "apelido", "type": "text", "maximum": 5, "write": ["owner"]]
                attributes[7] = ["name": "andar", "type": "integer", "maximum": 8, "unique": true]
            }
            let told = [
                "breaks_profiles 'andar': 1 person has a value that would not fit (out_of_range)",
                "breaks_profiles 'andar': 1 person has a value that another person has too",
                "breaks_profiles 'apelido': 1 person has a value that would not fit (too_long)",
            ]
            #expect(try await world.profiles(narrow, isDryRun: true) == told)
            #expect(try await world.profiles(narrow) == told)
            let gone = directory { $0.removeSubrange(6...7) }
            #expect(
                try await world.profiles(gone) == [
                    "breaks_profiles 'andar': 3 people have a value that would be deleted",
                    "breaks_profiles 'apelido': 1 person has a value that would be deleted",
                ])
            #expect(try await world.counts() == ProfileCounts(complete: 3))
            #expect(try await world.present().rules.profile.attribute("andar")?.isUnique == false)
        }
    }

    @Test(arguments: Backend.available)
    func `what is accepted all the same is marked, and what is no attribute any more is deleted`(
        _ backend: Backend
    ) async throws {
        try await withWorld(backend) { world in
            try await Self.people(world)
            let narrow = directory { attributes in
                attributes[7] = ["name": "andar", "type": "integer", "maximum": 8, "unique": true]
                attributes.remove(at: 6)
            }
            #expect(try await world.profiles(narrow, acceptsMisfits: true).isEmpty)
            #expect(try await world.counts() == ProfileCounts(complete: 1, needsAttention: 2))
            let caio = try await world.profile("caio")
            #expect(caio.state == .needsAttention && caio.misfits.map(\.code) == ["out_of_range"])
            #expect(caio["andar"] == nil)
            // The nickname is gone for good, also where the attribute comes back.
            #expect(try await world.profiles(directory).isEmpty)
            #expect(try await world.attributes("ana") == #"{"nome_completo":"ana","andar":3,"ativo":true}"#)
            #expect(try await world.counts() == ProfileCounts(complete: 3))
        }
    }

    @Test(arguments: Backend.available)
    func `a new attribute that everybody must have makes profiles incomplete, and breaks nothing`(
        _ backend: Backend
    ) async throws {
        try await withWorld(backend) { world in
            try await Self.people(world)
            let wanted = directory {
                $0.append(["name": "matricula", "type": "text", "required": "always", "unique": true])
            }
            #expect(try await world.profiles(wanted).isEmpty)
            #expect(try await world.counts() == ProfileCounts(incomplete: 3))
            #expect(try await world.profile("ana").missing == ["matricula"])
            #expect(try await world.change("ana", ["matricula": "A-1"]) == "version 4")
            #expect(try await world.profile("ana").state == .complete)
            #expect(try await world.change("bia", ["matricula": "a-1"]) == "attributes.matricula taken")
        }
    }

    @Test(arguments: Backend.available)
    func `an attribute that becomes unique is so for what was there before`(_ backend: Backend) async throws {
        try await withWorld(backend) { world in
            try await Self.people(world)
            _ = try await world.change("bia", ["andar": 4])
            try await world.profiles(directory { $0[7] = ["name": "andar", "type": "integer", "unique": true] })
            #expect(try await world.change("ana", ["andar": 4]) == "attributes.andar taken")
            try await world.profiles(directory { $0[7] = ["name": "andar", "type": "integer"] })
            #expect(try await world.change("ana", ["andar": 4]) == "version 5")
        }
    }

    @Test(arguments: Backend.available)
    func `roles follow rules that come, change and go, and roles that come later`(_ backend: Backend) async throws {
        try await withWorld(backend) { world in
            try await Self.people(world)
            func rules(_ list: JSON) -> JSON { ["attributes": directory["attributes"] ?? [], "assignments": list] }
            let high: JSON = [["attribute": "andar", "in": [8, 9], "role": "alto"]]
            try await world.profiles(rules(high), roles: [])
            #expect(try await world.roles("caio") == ["user"])
            try await world.profiles(rules(high), roles: [["name": "alto"]])
            #expect(try await world.roles("caio") == ["alto", "user"])
            #expect(try await world.roles("ana") == ["user"])
            try await world.profiles(rules([["attribute": "andar", "equals": 3, "role": "alto"]]), roles: [])
            #expect(try await world.roles("caio") == ["user"])
            #expect(try await world.roles("ana") == ["alto", "user"])
            try await world.profiles(rules([]), roles: [])
            #expect(try await world.roles("ana") == ["user"])
        }
    }

    @Test(arguments: Backend.available)
    func `going over profiles can stop at any place and go on at another time`(_ backend: Backend) async throws {
        try await withWorld(backend) { world in
            try await Self.people(world)
            // As where the process ended after the rules were written: the role makes every row due.
            _ = try await world.useCases.deleteRole("civilista", force: true, in: .standard, by: .commandLine)
            #expect(try await world.counts().waiting == 3)
            let (settle, realm) = (world.useCases.profiles.settle, try await world.present())
            #expect(try await settle(realm, atMost: 1) == 1)
            #expect(try await world.counts().waiting == 2)
            #expect(try await settle(realm, atMost: 100) == 2)
            #expect(try await settle(realm, atMost: 100) == 0)
            #expect(try await world.counts().waiting == 0)
        }
    }

    @Test func `rules that contradict themselves are refused with every problem`() throws {
        let wrong: JSON = [
            "realm": "default",
            "profile": [
                "attributes": [
                    ["name": "CPF", "type": "cpf"], ["name": "a", "type": "number"], ["name": "b", "type": "enum"],
                    ["name": "c", "type": "text", "minimum": 9, "maximum": 3, "unique_with": "b", "colour": 1],
                    ["name": "d", "type": "account_email", "unique": true],
                    ["name": "e", "type": "boolean", "unique": true, "required": "often", "read": ["world"]], 7,
                    ["name": "f", "type": "cpf", "maximum": 3, "masked": "yes"],
                ],
                "assignments": [
                    ["attribute": "oab", "role": "x y"], ["attribute": "oab", "role": "x"],
                    ["attribute": "oab", "role": "x", "present": true, "equals": 1],
                    ["attribute": "oab", "role": "admin", "present": true, "self": true],
                ],
            ],
        ]
        let problems = #expect(throws: InvalidRealm.self) { try RealmFile(wrong) }?.problems ?? []
        #expect(
            problems.map { "\($0.field.dropFirst(8)) \($0.code)" } == [
                "attributes[0].name invalid_name", "attributes[1].type not_one_of",
                "attributes[2].choices required", "attributes[3].colour unknown",
                "attributes[3].maximum out_of_range", "attributes[3].unique_with not_allowed",
                "attributes[4] not_allowed", "attributes[5].required not_one_of",
                "attributes[5].read not_one_of", "attributes[5].unique not_allowed", "attributes[6] wrong_type",
                "attributes[7].maximum not_allowed", "attributes[7].masked wrong_type",
                "assignments[0].role invalid_name",
                "assignments[1] invalid_condition", "assignments[2] invalid_condition",
                "assignments[3].self not_allowed",
            ])
    }

    @Test(arguments: Backend.available)
    func `rules about what is not there are refused`(_ backend: Backend) async throws {
        try await withWorld(backend) { world in
            let told = try await world.profiles([
                "attributes": [
                    ["name": "andar", "type": "integer"],
                    ["name": "oab", "type": "oab_number", "unique": true, "unique_with": "uf"],
                ],
                "assignments": [
                    ["attribute": "cpf", "present": true, "role": "x"],
                    ["attribute": "andar", "equals": "three", "role": "x"],
                ],
            ])
            #expect(
                told.map { $0.prefix { $0 != " " } } == ["no_such_attribute", "no_such_attribute", "invalid_value"])
        }
    }

    @Test func `a document is its own canonical form`() throws {
        let file = try RealmFile(["realm": "default", "profile": directory])
        let again = try RealmFile(file.json)
        #expect(file.document == again.document && file.json.text == again.json.text)
        let rules = file.document.rules(over: .standard).profile
        #expect(rules.attributes.count == 9 && rules.assignments.count == 2)
        #expect(rules.attribute("oab")?.uniqueWith == "uf_oab" && rules.attribute("cpf")?.isMasked == true)
        #expect(rules.attribute("apelido")?.type == .text(1...20))
    }
}
