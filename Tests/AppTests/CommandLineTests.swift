import Concurrency
import Glibc
import TestSupport
import Testing

@Suite("Command line") struct CommandLineTests {
    @Test func `help exists at every level and ends well`() async throws {
        try await Installation.with(.sqlite) { place in
            for words in [
                ["--help"], ["user", "--help"], ["user", "add", "--help"], ["serve", "--help"],
                ["grant", "role", "-h"], ["help"], ["help", "user", "add"],
            ] {
                let ended = try await Program([Program.path] + words, environment: place.environment).ended()
                #expect(ended.code == 0)
                #expect(ended.output.contains("Usage: aldrava"))
                #expect(ended.errors.isEmpty)
            }
            let said1 = try await place.run("serve", "--help").output
            #expect(said1.contains("ALDRAVA_LISTEN"))
            let said2 = try await place.run("user", "add", "--help").output
            #expect(said2.contains("Example:\n  aldrava user add"))
        }
    }

    @Test func `version is printed for people and programs`() async throws {
        try await Installation.with(.sqlite) { place in
            let said3 = try await place.run("version").output
            #expect(said3.hasPrefix("aldrava 0."))
            let said4 = try await place.run("--version").output
            #expect(said4.hasPrefix("aldrava 0."))
            for words in [["version", "--json"], ["--version", "--json"]] {
                let ended = try await Program([Program.path] + words, environment: place.environment).ended()
                #expect(ended.output.hasPrefix("{\"version\":\"0."))
            }
        }
    }

    struct Slip: Sendable, CustomTestStringConvertible {
        let words: [String]
        let says: String
        var testDescription: String { words.joined(separator: " ") }

        init(_ line: String, _ says: String) {
            words = line.split(separator: " ").map(String.init)
            self.says = says
        }
    }

    @Test(
        arguments: [
            Slip("", "A command is missing"), Slip("sevre", "did you mean 'serve'?"),
            Slip("user ad", "did you mean 'add'?"),
            Slip("user", "needs one more word: add, list, show, disable, enable, unlock, sign-out, invite"),
            Slip("user show", "USER is missing"),
            Slip("user show a b", "Too many arguments: 'user show' takes only USER."),
            Slip("user show a --jsn", "did you mean '--json'?"),
            Slip("user show a --realm", "--realm needs a value"),
            Slip("user show a --json=1", "--json takes no value"),
            Slip("grant role editor", "Exactly one of --user, --role, --key and --group"),
            Slip("grant permission a:b", "Exactly one of --user, --role, --key and --group"),
            Slip("grant permission a:b --user u --role r", "Exactly one of --user, --role, --key and --group"),
            Slip("user add a a@example.com --password x", "A password is never an argument"),
            Slip("--data /tmp serve", "The command comes first"), Slip("xyzzy", "Unknown command; there are: serve,"),
            Slip("user xyzzy", "Unknown command after 'user'; there are: add,"), Slip("help xyzzy", "Unknown command"),
            Slip("version now", "'version' takes none"), Slip("user show a --frotz", "Unknown option."),
        ])
    func `a slip is one clear line and exit code 2`(_ slip: Slip) async throws {
        let ended = try await Program([Program.path] + slip.words, environment: [:]).ended()
        #expect(ended.code == 2)
        #expect(ended.output.isEmpty)
        #expect(ended.errors.contains(slip.says), "\(ended.errors)")
        #expect(ended.errors.utf8.count { $0 == 0x0A } == 1)
    }

    @Test func `a key whose name begins with a hyphen can be named`() async throws {
        try await Installation.with(.sqlite) { place in
            _ = try await place.run("migrate")
            let ended = try await place.run("keys", "retire", "-1U4NN0EDbuxFkBikd9KBLzXjMTmeWOzC_GvnpaC4KY", "--now")
            #expect(ended.code == 1, "\(ended.errors)")
        }
    }

    @Test(
        arguments: [
            ["admin", "create", "ana", "ana@example.com"], ["user", "add", "ana", "ana@example.com"],
            ["user", "show", "a"], ["version"], ["user"], [],
        ])
    func `a password in the wrong place is not printed back`(_ words: [String]) async throws {
        for slip in ["hunter2hunter2", "-hunter2hunter2", "--hunter2hunter2", "--password=hunter2hunter2"] {
            let ended = try await Program([Program.path] + words + [slip], environment: [:]).ended()
            #expect(ended.code == 2)
            #expect(!(ended.output + ended.errors).contains("hunter2"), "\(ended.errors)")
        }
    }

    @Test func `every problem of the settings is reported at once with exit code 3`() async throws {
        try await Installation.with(.sqlite) { place in
            let extra = ["ALDRAVA_LISTEN": "nowhere", "ALDRAVA_MAX_BODDY": "1", "ALDRAVA_MASTER_KEY": "hunter2"]
            let ended = try await place.run("serve", extra: extra)
            #expect(ended.code == 3)
            for word in ["ALDRAVA_LISTEN", "did you mean ALDRAVA_MAX_BODY?", "ALDRAVA_MASTER_KEY"] {
                #expect(ended.errors.contains(word))
            }
            #expect(!ended.errors.contains("hunter2"))
        }
    }

    @Test func `a settings file named on the command line is read`() async throws {
        try await Installation.with(.sqlite) { place in
            let file = "\(place.folder).conf"
            let content = "ALDRAVA_DATA=/nonexistent/x\n"
            let written = await Program.waiting.run { unsafe system("printf '\(content)' > \(file)") }
            #expect(written == 0)
            var place = place
            place.environment["ALDRAVA_DATA"] = nil
            let ended = try await place.run("migrate", "--config", file)
            #expect(ended.code == 3)
            #expect(ended.errors.contains("/nonexistent/x"))
        }
    }

    @Test func `a missing data folder is a slip for all but the first steps`() async throws {
        try await Installation.with(.sqlite) { place in
            let ended = try await place.run("user", "show", "ana")
            #expect(ended.code == 3)
            #expect(
                ended.errors
                    == "aldrava: There is no data folder \(place.folder); let --config, --data or ALDRAVA_DATA name the server's.\n"
            )
            #expect(try await place.run("migrate").code == 0)
            #expect(try await place.run("user", "show", "ana").code == 1)
        }
    }

    @Test func `a password comes from standard input and obeys the policy`() async throws {
        try await Installation.with(.sqlite) { place in
            let short = try await place.run("admin", "create", "ana", "ana@example.com", input: "short\n")
            #expect(short.code == 1)
            #expect(short.errors.contains("password"))
            let empty = try await place.run("admin", "create", "ana", "ana@example.com", input: "\n")
            #expect(empty.code == 2)
            #expect(empty.errors == "aldrava: The password is empty. See 'aldrava admin create --help'.\n")
            let done = try await place.run(
                "admin", "create", "ana", "ana@example.com", "--password-stdin", input: Installation.password + "\n")
            #expect(done.code == 0, "\(done.errors)")
            #expect(!done.output.contains(Installation.password))
        }
    }
}

@Suite("Commands without a server") struct OfflineCommandTests {
    @Test(arguments: Backend.available)
    func `users, roles, permissions and grants are made without a server`(_ backend: Backend) async throws {
        try await Installation.with(backend) { place in
            let password = Installation.password + "\n"
            #expect(try await place.run("admin", "create", "ana", "ana@example.com", input: password).code == 0)
            #expect(try await place.run("role", "create", "editor", "--description", "May edit").code == 0)
            #expect(try await place.run("permission", "create", "articles", "write").code == 0)
            #expect(
                try await place.run("user", "add", "rui", "rui@example.com", "--role", "editor", input: password).code
                    == 0)
            #expect(
                try await place.run("grant", "permission", "articles:write", "--role", "editor").output
                    == "Granted; it holds from the next request on.\n")
            let shown = try await place.run("user", "show", "RUI@example.com", "--json")
            #expect(shown.code == 0)
            let held = "\"roles\":[\"editor\",\"user\"],\"groups\":[],\"permissions\":[\"articles:write\"]"
            #expect(shown.output.contains(held), "\(shown.output)")

            #expect(try await place.run("revoke", "role", "editor", "--user", "rui").code == 0)
            #expect(try await place.run("revoke", "role", "editor", "--user", "rui").output == "It was not granted.\n")
            #expect(try await place.run("grant", "permission", "articles:write", "--user", "rui").code == 0)
            #expect(try await place.run("revoke", "permission", "articles:write", "--user", "rui").code == 0)
            let text = try await place.run("user", "show", "rui").output
            #expect(text.contains("roles: user\ngroups: none\nrank: 0\npermissions: none"), "\(text)")
        }
    }

    @Test func `refusals say why, with exit code 1`() async throws {
        try await Installation.with(.sqlite) { place in
            let password = Installation.password + "\n"
            #expect(try await place.run("admin", "create", "ana", "ana@example.com", input: password).code == 0)
            let again = try await place.run("admin", "create", "Ana", "a@example.com", input: password)
            #expect(again.code == 1)
            #expect(again.errors.contains("belongs to somebody"))
            let role = try await place.run("role", "create", "admin")
            #expect(role.code == 1)
            #expect(role.errors.contains("Role 'admin' already exists"))
            for (words, reason) in [
                (["grant", "role", "nope", "--user", "ana"], "There is no role 'nope'."),
                (["grant", "role", "admin", "--user", "nobody"], "There is no user 'nobody'."),
                (["grant", "permission", "a:b", "--user", "ana"], "There is no permission 'a:b'."),
                (["user", "disable", "nobody"], "There is no user 'nobody'."),
                (["user", "show", "ana", "--realm", "other"], "There is no realm 'other'."),
                (["role", "create", "not valid"], "name: must be"),
            ] {
                let ended = try await Program([Program.path] + words, environment: place.environment).ended()
                #expect(ended.code == 1)
                #expect(ended.errors.contains(reason), "\(ended.errors)")
            }
            let json = try await place.run("user", "show", "nobody", "--json")
            #expect(json.output.hasPrefix("{\"outcome\":\"refused\""))
        }
    }

    @Test func `operators live in a realm of their own`() async throws {
        try await Installation.with(.sqlite) { place in
            let password = Installation.password + "\n"
            let made = try await place.run(
                "admin", "create", "root", "root@example.com", "--realm", "system", input: password)
            #expect(made.code == 0, "\(made.errors)")
            #expect(try await place.run("user", "show", "root").code == 1)
            #expect(try await place.run("user", "show", "root", "--realm", "system").code == 0)
        }
    }
}
