import Domain
import Standards
import Storage
import TestSupport
import Testing

@testable import Flows

@Suite("People's attributes") struct ProfileFlowTests {
    @Test(arguments: Backend.available)
    func `what is written is what is read, in its canonical form`(_ backend: Backend) async throws {
        try await withWorld(backend) { world in
            try await world.profiles()
            _ = try await world.signUp()
            #expect(try await world.profile().state == .incomplete)
            #expect(try await world.profile().missing == ["nome_completo"])
            let patch: JSON = [
                "nome_completo": "Maria José", "cpf": "52998224725", "oab": "123.456", "uf_oab": "sp", "andar": 3,
                "email_corporativo": "maria@firma.example",
            ]
            #expect(try await world.change(patch) == "version 1")
            #expect(
                try await world.attributes()
                    == #"{"nome_completo":"Maria José","cpf":"529.982.247-25","email_corporativo":"maria@firma.example","oab":"123456","uf_oab":"SP","andar":3,"ativo":true}"#
            )
            #expect(try await world.profile().state == .complete)
            #expect(try await world.profile().version == 1)
            // The same again changes nothing; null removes; what is not named stays.
            #expect(try await world.change(patch) == "unchanged")
            #expect(try await world.change(["oab": .null, "uf_oab": .null, "andar": 4]) == "version 2")
            #expect(
                try await world.attributes()
                    == #"{"nome_completo":"Maria José","cpf":"529.982.247-25","email_corporativo":"maria@firma.example","andar":4,"ativo":true}"#
            )
        }
    }

    @Test(arguments: Backend.available)
    func `every problem is told at once, and none of them says what was sent`(_ backend: Backend) async throws {
        try await withWorld(backend) { world in
            try await world.profiles()
            _ = try await world.signUp()
            let patch: JSON = [
                "nome_completo": .null, "cpf": "529.982.247-26", "email_corporativo": "nobody", "oab": "x", "uf_oab": 7,
                "area": "Civil", "apelido": "x", "andar": 31, "ativo": false, "cfp": "1", "529.982.247-25": "1",
            ]
            #expect(
                try await world.change(patch)
                    == "attributes.nome_completo required, attributes.cpf cpf_check_digits, attributes.email_corporativo not_an_address, attributes.oab invalid_oab, attributes.uf_oab wrong_type, attributes.area not_one_of, attributes.apelido not_writable, attributes.andar out_of_range, attributes.ativo not_writable, attributes.cfp unknown, attributes unknown"
            )
            #expect(try await world.change(["cpf": "111.111.111-11"]) == "attributes.cpf cpf_repeated_digits")
            #expect(try await world.change("text") == "attributes wrong_type")
            #expect(try await world.profile().version == 0)
            let outcome = try await world.useCases.profiles.change(
                patch, of: "maria", in: try await world.present(), by: .commandLine)
            #expect(!"\(outcome)".utf8.contains("529".utf8))
        }
    }

    @Test(arguments: Backend.available)
    func `each party reads and writes what it may, and nothing else`(_ backend: Backend) async throws {
        try await withWorld(backend) { world in
            try await world.profiles()
            let owner = try await world.owner(try await world.signUp())
            let clerk = try await world.clerk()
            _ = try await world.change([
                "nome_completo": "Maria", "cpf": "52998224725", "email_corporativo": "m@f.example",
            ])
            #expect(
                try await world.attributes(by: clerk)
                    == #"{"nome_completo":"Maria","email_corporativo":"m@f.example"}"#)
            #expect(
                try await world.attributes(by: owner)
                    == #"{"nome_completo":"Maria","cpf":"529.982.247-25","email_corporativo":"m@f.example","ativo":true}"#
            )
            #expect(try await world.change(["cpf": "11144477735"], by: owner) == "attributes.cpf not_writable")
            #expect(try await world.change(["cpf": "11144477735"], by: clerk) == "attributes.cpf not_writable")
            #expect(try await world.change(["apelido": "Zé"], by: clerk) == "attributes.apelido not_writable")
            #expect(try await world.change(["apelido": "Zé"], by: owner) == "version 2")
            #expect(try await world.change(["email_corporativo": "n@f.example"], by: clerk) == "version 3")
        }
    }

    @Test(arguments: Backend.available)
    func `a unique value belongs to one, however it is written, and is free again afterwards`(
        _ backend: Backend
    ) async throws {
        try await withWorld(backend) { world in
            try await world.profiles()
            _ = try await world.signUp("maria")
            _ = try await world.signUp("rui")
            #expect(try await world.change("maria", ["cpf": "529.982.247-25"]) == "version 1")
            #expect(try await world.change("maria", ["email_corporativo": "Chefe@FIRMA.example"]) == "version 2")
            #expect(
                try await world.change("rui", ["cpf": "52998224725", "email_corporativo": "chefe@firma.example"])
                    == "attributes.cpf taken, attributes.email_corporativo taken")
            #expect(try await world.profile("rui").version == 0)
            // A bar number is one person's within its state.
            #expect(try await world.change("maria", ["oab": "123456", "uf_oab": "SP"]) == "version 3")
            #expect(try await world.change("rui", ["oab": "123456"]) == "version 1")
            #expect(try await world.change("rui", ["uf_oab": "RJ"]) == "version 2")
            #expect(try await world.change("rui", ["uf_oab": "SP"]) == "attributes.oab taken")
            #expect(try await world.change("maria", ["cpf": .null]) == "version 4")
            #expect(try await world.change("rui", ["cpf": "52998224725"]) == "version 3")
        }
    }

    @Test(arguments: Backend.available)
    func `of two who claim one CPF at once, one gets it and the other is told`(_ backend: Backend) async throws {
        try await withWorld(backend) { world in
            try await world.profiles()
            _ = try await world.signUp("maria")
            _ = try await world.signUp("rui")
            for cpf in ["52998224725", "11144477735", "12345678909", "64056224102", "27928775700"] {
                let told = try await withThrowingTaskGroup(of: String.self) { group in
                    for user in ["maria", "rui"] {
                        group.addTask { try await world.change(user, ["cpf": .string(cpf)]) }
                    }
                    return try await group.reduce(into: []) { $0.append($1) }
                }
                #expect(told.count { $0 == "attributes.cpf taken" } == 1)
                #expect(told.count { $0.hasPrefix("version") } == 1)
            }
        }
    }

    @Test(arguments: Backend.available)
    func `of two editors of one version, one is told to look again; without a version both are heard`(
        _ backend: Backend
    ) async throws {
        try await withWorld(backend) { world in
            try await world.profiles()
            _ = try await world.signUp()
            #expect(try await world.change(["nome_completo": "Maria"], ifVersion: 0) == "version 1")
            #expect(try await world.change(["nome_completo": "Mario"], ifVersion: 0) == "meanwhile")
            #expect(try await world.change(["nome_completo": "Marie"], ifVersion: 1) == "version 2")
            #expect(try await world.change(["nome_completo": "Mara"], ifVersion: -1) == "meanwhile")
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await world.change(["andar": 5]) }
                group.addTask { try await world.change(["area": "civil"]) }
                group.addTask { try await world.change(["uf_oab": "SP"]) }
                try await group.waitForAll()
            }
            #expect(
                try await world.attributes()
                    == #"{"nome_completo":"Marie","uf_oab":"SP","area":"civil","andar":5,"ativo":true}"#)
            #expect(try await world.profile().version == 5)
        }
    }

    @Test(arguments: Backend.available)
    func `what is kept is sealed, and gone with the person's key`(_ backend: Backend) async throws {
        try await withWorld(backend) { world in
            try await world.profiles()
            let tokens = try await world.signUp()
            _ = try await world.change(["nome_completo": "Maria José", "cpf": "52998224725"])
            let (realm, id) = (world.realm.name, tokens.user.id)
            let stored = try #require(
                await world.store.read { (reader) throws(StoreFault) in try reader.profile(of: id, realm: realm) })
            #expect(!stored.sealed.contains("52998224725".utf8) && !stored.sealed.contains("Maria".utf8))
            let sheet = try #require(ProfileSheet(try await world.present(), world.capabilities))
            #expect(sheet.open(stored.sealed, of: id, under: nil).isEmpty)
            // Nobody else's key opens it, and nobody else's row takes it.
            let other = SubjectKey(subject: id, key: Secret([UInt8](repeating: 1, count: 32)))
            #expect(sheet.open(stored.sealed, of: id, under: other).isEmpty)
            let everything = try await world.useCases.profiles.read.everything(of: id, in: try await world.present())
            #expect(everything?.entries.map(\.attribute.name) == ["nome_completo", "cpf", "ativo"])
        }
    }

    @Test(arguments: Backend.available)
    func `who has a unique value can be found by it`(_ backend: Backend) async throws {
        try await withWorld(backend) { world in
            try await world.profiles()
            _ = try await world.signUp()
            _ = try await world.change(["cpf": "52998224725", "oab": "123456", "uf_oab": "SP"])
            func find(_ name: String, _ value: JSON, with other: JSON? = nil) async throws -> String {
                switch try await world.useCases.profiles.find(
                    name, value, with: other, in: try await world.present(), by: .commandLine)
                {
                case .found(let user): user.username.text
                case .nobody: "nobody"
                case .invalid(let problems): problems.map { "\($0.field) \($0.code)" }.joined(separator: ", ")
                }
            }
            #expect(try await find("cpf", "529.982.247-25") == "maria")
            #expect(try await find("cpf", "11144477735") == "nobody")
            #expect(try await find("cpf", "1") == "value invalid_cpf")
            #expect(try await find("oab", "123.456", with: "sp") == "maria")
            #expect(try await find("oab", "123456", with: "RJ") == "nobody")
            #expect(try await find("oab", "123456") == "with required")
            #expect(try await find("nome_completo", "Maria") == "attribute not_unique")
            #expect(try await find("nothing", "Maria") == "attribute not_unique")
        }
    }

    @Test(arguments: Backend.available)
    func `events name attributes, seal their values, and mask what is to be masked even there`(
        _ backend: Backend
    ) async throws {
        try await withWorld(backend) { world in
            try await world.profiles()
            _ = try await world.signUp()
            _ = try await world.change(["nome_completo": "Maria José", "cpf": "52998224725"])
            _ = try await world.change(["cpf": "111.444.777-36"])
            let lines = try await world.events("change_profile")
            let all = try await world.useCases.readLog(after: nil, limit: 1_000).map(\.line.json.text).joined()
            for digits in ["52998224725", "529.982.247-25", "11144477736", "111.444.777-36"] {
                #expect(!all.utf8.contains(digits.utf8))
            }
            let line = try #require(lines.first)
            #expect(lines.count == 1 && line.json.text.utf8.contains("***.***.***-25".utf8))
            // Without the person's key, the names are left.
            let events = try await world.store.read { (reader) throws(StoreFault) in
                try reader.events(after: nil, limit: 100).map(\.event).filter { $0.did == "change_profile" }
            }
            #expect(
                events.first.map { $0.details.utf8.contains(#""attributes":["cpf","nome_completo"]"#.utf8) } == true)
            #expect(
                events.allSatisfy { !$0.details.utf8.contains("Maria".utf8) && !$0.details.utf8.contains("***".utf8) })
        }
    }
}
