import Concurrency
import Glibc
import TestSupport
import Testing

@Suite("Realms on the command line") struct RealmCommandTests {
    @Test(arguments: Backend.available)
    func `a realm is made, changed, shown and disabled, and others of its commands find it`(
        _ backend: Backend
    ) async throws {
        try await Installation.with(backend) { place in
            #expect(try await place.run("migrate").code == 0)
            let made = try await place.run("realm", "create", "shop", "--set", "session_limit=3", "--set", "sign_up=no")
            #expect(made.code == 0 && made.output.hasPrefix("Realm 'shop' created; it is at "), "\(made.errors)")
            let again = try await place.run("realm", "create", "shop")
            #expect(again.code == 1 && again.errors == "aldrava: Realm 'shop' already exists.\n")
            let set = try await place.run("realm", "set", "shop", "session_limit=4", "transports=cookie")
            #expect(
                set.output
                    == "~ session_limit: 3 -> 4\n+ transports: [\"cookie\"]\nRealm 'shop': 2 changes applied.\n")
            let slip = try await place.run("realm", "set", "shop", "sesion_limit=4", "same_site=none")
            #expect(slip.code == 1)
            #expect(slip.errors.contains("did you mean 'session_limit'?\nsame_site: must be one of: lax, strict\n"))
            let unset = try await place.run("realm", "unset", "shop", "session_limit", "sign_up")
            #expect(unset.output.hasSuffix("Realm 'shop': 2 changes applied.\n"))
            #expect(try await place.run("realm", "disable", "shop").output.hasPrefix("+ enabled: false\n"))
            let shown = try await place.run("realm", "show", "shop").output
            #expect(shown.contains("enabled: no\n") && shown.contains("set here:\n  transports: [\"cookie\"]\nas the"))
            let list = try await place.run("realm", "list", "--json").output
            #expect(list.contains(#""name":"default""#) && list.contains(#""name":"shop""#), "\(list)")
            #expect(try await place.run("realm", "show", "nobody").errors == "aldrava: There is no realm 'nobody'.\n")
            #expect(try await place.run("role", "list", "--realm", "shop").output.contains("user"))
        }
    }

    @Test func `files are applied, also to a running server and out of a pipe`() async throws {
        try await Installation.with(.sqlite) { place in
            #expect(try await place.run("migrate").code == 0)
            let file = "\(place.folder).json"
            let json =
                #"{"realm":"market","session_limit":5,"permissions":["a:b"],"roles":[{"name":"r","permissions":["a:b"]}]}"#
            let written = await Program.waiting.run { unsafe system("printf '%s' '\(json)' > \(file)") }
            #expect(written == 0)
            let dry = try await place.run("apply", file, "--dry-run")
            #expect(dry.code == 0 && dry.output.hasSuffix("Realm 'market': 5 changes, not applied.\n"), "\(dry.output)")
            #expect(try await place.run("realm", "show", "market").code == 1)
            #expect(try await place.run("apply", file).output.hasSuffix("Realm 'market': 5 changes applied.\n"))
            #expect(
                try await place.run("apply", file, file).output
                    == String(repeating: "Realm 'market': no change.\n", count: 2))
            let piped = try await place.run("apply", "-", "--json", input: json)
            #expect(
                piped.code == 0 && piped.output.contains(#""applied":false,"version":1,"changes":[]"#),
                "\(piped.output)")
            let wrong = try await place.run("apply", "-", input: #"{"realm":"Market","rolls":[]}"#)
            #expect(
                wrong.code == 1 && wrong.errors.contains("did you mean 'roles'?\nrealm: must be"), "\(wrong.errors)")
            #expect(try await place.run("apply", "-", input: "{").errors.contains("is no JSON"))
            #expect(try await place.run("apply", "/nonexistent.json").code == 1)
        }
    }
}
