import Config
import Domain
import Testing

@Suite("Reading settings") struct ReadingTests {
    @Test func `every problem is reported at once and no value is echoed`() throws {
        let found = problems([
            "ALDRAVA_LISTEN": "hunter2", "ALDRAVA_MAX_BODY": "hunter2", "ALDRAVA_MASTER_KEY": "hunter2",
            "ALDRAVA_LISTNE": "hunter2", "HOME": "/root",
        ])
        #expect(
            found.map(\.name).sorted() == [
                "ALDRAVA_LISTEN", "ALDRAVA_LISTNE", "ALDRAVA_MASTER_KEY", "ALDRAVA_MAX_BODY",
            ])
        #expect(!Invalid(found).description.contains("hunter2"))
    }

    @Test func `an unknown name is an error with a guess`() {
        #expect(
            problems(["ALDRAVA_LISTNE": "x"]).first?.whatIsWrong == "is not a setting; did you mean ALDRAVA_LISTEN?")
        #expect(problems(["ALDRAVA_XYZZY_PLUGH_FROTZ": "x"]).first?.whatIsWrong == "is not a setting")
        #expect(
            problems(["ALDRAVA_MASTERKEY_FILE": "x"]).first?.whatIsWrong
                == "is not a setting; did you mean ALDRAVA_MASTER_KEY_FILE?")
        #expect(problems(["ALDRAVA_LISTEN_FILE": "x"]).count == 1)
        #expect(problems(["ALDRAVA_FOO": "x"]).first?.whatIsWrong == "is not a setting")
    }

    @Test func `a settings file is read and the environment outweighs it`() throws {
        let content = """
            # comment
            ALDRAVA_LISTEN=127.0.0.1:9000
              ALDRAVA_DATA = "/srv/with space"\r
            ALDRAVA_NODE='n#1'

            ALDRAVA_MAX_BODY=2048
            """
        let files = ["/etc/a.conf": text(content.replacing("n#1", with: "n-1"))]
        let config = try Config(
            environment: ["ALDRAVA_MAX_BODY": "4096", "ALDRAVA_CONFIG": "/etc/a.conf"], machine: machine(files: files))
        #expect(config.listen == .tcp(host: "127.0.0.1", port: 9_000))
        #expect(config.data == "/srv/with space")
        #expect(config.node == "n-1")
        #expect(config.maxBody == 4_096)
    }

    @Test func `the command line's settings file outweighs the variable`() throws {
        let files = ["a": text("ALDRAVA_NODE=a"), "b": text("ALDRAVA_NODE=b")]
        let config = try Config(environment: ["ALDRAVA_CONFIG": "a"], file: "b", machine: machine(files: files))
        #expect(config.node == "b")
    }

    @Test(
        arguments: [
            ("nonsense", "f line 1"), ("# fine\nALDRAVA_NODE='open", "f line 2"), ("ALDRAVA_NODE='a' b", "f line 1"),
            ("ALDRAVA_NODE=a\nALDRAVA_NODE=b", "f line 2"), ("ALDRAVA_NOED=a", "ALDRAVA_NOED"), ("PATH=/bin", "PATH"),
            ("ALDRAVA_CONFIG=g", "ALDRAVA_CONFIG"), ("ALDRAVA_NODE=a b", "ALDRAVA_NODE"), ("\u{0}", "f"),
            ("b1QV9cYmGZtq3nX0Lq0m5vWm1m3o8cS6d1m8mR0yZ3k=", "f line 1"), ("aldrava_node=a", "f line 1"),
        ]) func `a line that means nothing is a problem`(_ content: String, _ name: String)
    {
        #expect(problems([:], file: "f", files: ["f": text(content)]).map(\.name) == [name])
    }

    @Test func `a missing settings file is a problem`() {
        #expect(problems(["ALDRAVA_CONFIG": "none"]) == [Invalid.Problem("none", "the settings file does not exist")])
    }
}

@Suite("Secrets in files") struct SecretFileTests {
    static let key = SettingsTests.hexKey

    @Test func `a secret may stand in a file`() throws {
        let files = ["k": text(Self.key + "\n"), "d": text("postgres://db/a", isPrivate: false)]
        let config = try Config(
            environment: ["ALDRAVA_MASTER_KEY_FILE": "k", "ALDRAVA_DATABASE_FILE": "d"], machine: machine(files: files))
        #expect(config.masterKey?.exposed.count == 32)
        #expect(config.databaseURL?.exposed == Array("postgres://db/a".utf8))
    }

    @Test func `a secret given twice is refused`() {
        let found = problems(
            ["ALDRAVA_MASTER_KEY": Self.key, "ALDRAVA_MASTER_KEY_FILE": "k"], files: ["k": text(Self.key)])
        #expect(found.map(\.whatIsWrong) == ["is set together with ALDRAVA_MASTER_KEY_FILE"])
    }

    @Test func `the environment's form of a secret outweighs the settings file's other form`() throws {
        let files = ["f": text("ALDRAVA_MASTER_KEY_FILE=missing")]
        let config = try Config(
            environment: ["ALDRAVA_MASTER_KEY": Self.key, "ALDRAVA_CONFIG": "f"], machine: machine(files: files))
        #expect(config.masterKey != nil)
    }

    @Test func `both forms in one settings file are refused, whatever their order`() {
        for lines in [
            ["ALDRAVA_MASTER_KEY=\(Self.key)", "ALDRAVA_MASTER_KEY_FILE=k"],
            ["ALDRAVA_MASTER_KEY_FILE=k", "ALDRAVA_MASTER_KEY=\(Self.key)"],
        ] {
            let found = problems(
                [:], file: "f", files: ["f": text(lines.joined(separator: "\n")), "k": text(Self.key)])
            #expect(found.map(\.name) == ["ALDRAVA_MASTER_KEY"])
        }
    }

    @Test func `a master key that other users may read is refused`() {
        let open = text(Self.key, isPrivate: false)
        #expect(problems(["ALDRAVA_MASTER_KEY_FILE": "k"], files: ["k": open]).map(\.allowed) == ["mode 600"])
        let inline = text("ALDRAVA_MASTER_KEY=\(Self.key)", isPrivate: false)
        #expect(problems([:], file: "f", files: ["f": inline]).map(\.allowed) == ["mode 600"])
    }

    @Test func `a missing or wrong secret file is named, not shown`() {
        #expect(
            problems(["ALDRAVA_MASTER_KEY_FILE": "k"]) == [
                Invalid.Problem("ALDRAVA_MASTER_KEY_FILE", "the file does not exist")
            ])
        let wrong = problems(["ALDRAVA_MASTER_KEY_FILE": "k"], files: ["k": text("hunter2")])
        #expect(wrong.map(\.name) == ["ALDRAVA_MASTER_KEY_FILE"])
        #expect(!wrong.description.contains("hunter2"))
    }

    @Test func `no secret has a default`() throws {
        let config = try Config(environment: [:], machine: machine())
        #expect(config.masterKey == nil)
        #expect(config.databaseURL == nil)
    }
}
