import Domain
import Standards
import Storage
import TestSupport
import Testing

@testable import Flows

@Suite("Accounts with attributes") struct ProfileAccountTests {
    /// What strangers are asked for: two attributes they must give, and one that only administrators write.
    private static let open: JSON = [
        "attributes": [
            ["name": "nome", "type": "text", "required": "sign_up", "write": ["owner", "admin"]],
            ["name": "cpf", "type": "cpf", "required": "always", "unique": true, "write": ["owner", "admin"]],
            ["name": "oab", "type": "oab_number", "required": "always"],
            ["name": "area", "type": "enum", "choices": ["civil"], "write": ["owner", "admin"]],
        ],
        "assignments": [
            ["attribute": "oab", "present": true, "role": "advogado"],
            ["attribute": "area", "present": true, "role": "civilista"],
        ],
    ]

    private static func register(
        _ world: World, _ name: String, _ attributes: JSON?
    ) async throws -> SignUp.Outcome {
        try await world.useCases.signUp(
            SignUp.Input(
                username: name, email: "\(name)@example.com", password: Secret(utf8: "correct horse battery"),
                attributes: attributes), in: try await world.present(), from: World.source)
    }

    private static func word(_ outcome: SignUp.Outcome) -> String {
        switch outcome {
        case .signedUp: "signed up"
        case .pending: "pending"
        case .refused(.invalid(let problems)): problems.map { "\($0.field) \($0.code)" }.joined(separator: ", ")
        case .refused(let refusal): "\(refusal)"
        }
    }

    private static func add(
        _ world: World, _ email: String, username: String? = nil, _ attributes: JSON?
    ) async throws -> String {
        let outcome = try await world.useCases.accounts.addPerson(
            AddPerson.Input(username: username, email: email, language: nil, isInvited: false, attributes: attributes),
            in: try await world.present(), by: .commandLine)
        return switch outcome {
        case .added(let user, let grants): "\(user.username) \(grants.roles.joined(separator: " "))"
        case .refused(.taken): "taken"
        case .refused(.notRepeated(let refusal)): "\(refusal)"
        case .refused(.invalid(let problems)), .refused(.attributeTaken(let problems)):
            problems.map { "\($0.field) \($0.code)" }.joined(separator: ", ")
        }
    }

    @Test(arguments: Backend.available)
    func `sign-up asks for what people must give and may write, all at once`(_ backend: Backend) async throws {
        try await withWorld(backend) { world in
            try await world.profiles(Self.open)
            func told(_ name: String, _ attributes: JSON?) async throws -> String {
                Self.word(try await Self.register(world, name, attributes))
            }
            #expect(try await told("ana", nil) == "attributes.nome required, attributes.cpf required")
            #expect(
                try await told("a@b", ["cpf": "1", "oab": "123"])
                    == "username contains_at, email not_an_address, attributes.cpf invalid_cpf, attributes.oab not_writable, attributes.nome required"
            )
            // A role that the rules do not leave to people keeps the account from being made.
            #expect(
                try await told("ana", ["nome": "Ana", "cpf": "52998224725", "area": "civil"])
                    == "attributes.area above_own_rank")
            #expect(try await told("ana", ["nome": "Ana", "cpf": "52998224725"]) == "signed up")
            #expect(try await told("bia", ["nome": "Bia", "cpf": "529.982.247-25"]) == "attributes.cpf taken")
            #expect(try await world.useCases.showUser("bia", in: .standard) == nil)
            #expect(try await world.attributes("ana") == #"{"nome":"Ana","cpf":"529.982.247-25"}"#)
            #expect(try await world.profile("ana").missing == ["oab"])
        }
    }

    @Test(arguments: Backend.available)
    func `of two who sign up with one CPF at once, one has an account`(_ backend: Backend) async throws {
        try await withWorld(backend) { world in
            try await world.profiles(Self.open)
            for (round, cpf) in ["52998224725", "11144477735", "12345678909"].enumerated() {
                let told = try await withThrowingTaskGroup(of: String.self) { group in
                    for name in ["x", "y"] {
                        group.addTask {
                            Self.word(
                                try await Self.register(world, "\(name)\(round)", ["nome": "N", "cpf": .string(cpf)]))
                        }
                    }
                    return try await group.reduce(into: []) { $0.append($1) }
                }
                #expect(told.sorted() == ["attributes.cpf taken", "signed up"])
            }
        }
    }

    @Test(arguments: Backend.available)
    func `an administrator makes people who are there before they sign in`(_ backend: Backend) async throws {
        try await withWorld(backend) { world in
            try await world.profiles(Self.open)
            let rui: JSON = ["cpf": "52998224725", "oab": "77"]
            #expect(try await Self.add(world, "rui@firma.example", rui) == "rui advogado user")
            #expect(try await Self.add(world, "rui@outra.example", rui) == "attributes.cpf taken")
            #expect(
                try await Self.add(world, "rui@outra.example", ["cpf": "11144477735", "oab": "78"])
                    == "rui-2 advogado user")
            #expect(try await Self.add(world, "rui@firma.example", ["cpf": "12345678909", "oab": "79"]) == "taken")
            #expect(
                try await Self.add(world, "nobody", ["oab": "x"])
                    == "email not_an_address, attributes.oab invalid_oab, attributes.cpf required")
            guard case .refused = try await world.signIn("rui") else {
                Issue.record("somebody without a password signed in")
                return
            }
        }
    }

    @Test(arguments: Backend.available)
    func `who proves the address takes the account up as it is`(_ backend: Backend) async throws {
        try await withWorld(backend) { world in
            let file = try RealmFile([
                "realm": "default", "profile": Self.open, "accounts": ["confirm_email": true],
                "roles": [["name": "advogado"]],
            ])
            _ = try await world.useCases.applyRealm(file, isDryRun: false, by: .commandLine)
            #expect(
                try await Self.add(world, "rui@example.com", username: "silva", ["cpf": "52998224725", "oab": "77"])
                    == "silva advogado user")
            let number = try await world.profile("silva").user.number
            #expect(
                Self.word(try await Self.register(world, "rui", ["nome": "Rui", "cpf": "11144477735"])) == "pending")
            #expect(
                Self.word(try await Self.register(world, "ana", ["nome": "Ana", "cpf": "11144477735"])) == "pending")
            let waiting = try await world.letters()
            for (name, address) in [("silva", "rui@example.com"), ("ana", "ana@example.com")] {
                let letters = waiting.filter { $0.to == address }
                let token = try #require(letters.first?.token)
                let proof = MailProof.link(token: token)
                let outcome = try await world.useCases.accounts.confirmSignUp(
                    proof, password: Secret(utf8: "correct horse battery"), in: try await world.present(),
                    from: World.source)
                guard case .confirmed(let signedIn) = outcome else {
                    Issue.record("\(outcome)")
                    return
                }
                #expect(signedIn.user.username == name)
            }
            let silva = try await world.profile("silva")
            #expect(silva.user.number == number && silva.attributes.text == #"{"cpf":"529.982.247-25","oab":"77"}"#)
            #expect(try await world.attributes("ana") == #"{"nome":"Ana","cpf":"111.444.777-35"}"#)
        }
    }

    @Test(arguments: Backend.available)
    func `a value stays taken, and readable, after the master key was changed`(_ backend: Backend) async throws {
        try await withWorld(backend) { world in
            try await world.profiles()
            _ = try await world.signUp("maria")
            _ = try await world.signUp("rui")
            _ = try await world.change("maria", ["cpf": "52998224725"])
            let bytes = [UInt8](repeating: 9, count: 32)
            let old = try #require(MasterKey(Secret(World.masterKey)))
            let new = try #require(MasterKey(Secret(bytes)))
            _ = try await ChangeMasterKey(
                store: world.store, capabilities: world.useCases.maintenance.capabilities, node: "test")(
                    from: old, to: new)
            let after = try await World.open(world.store, clock: world.clock, realm: world.realm, masterKey: bytes)
            #expect(try await after.attributes("maria") == #"{"cpf":"529.982.247-25","ativo":true}"#)
            #expect(try await after.change("rui", ["cpf": "52998224725"]) == "attributes.cpf taken")
        }
    }
}
