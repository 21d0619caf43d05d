import Config
import Testing

@Suite("Effective settings") struct EffectiveTests {
    private func shown(_ config: Config) -> [String: EffectiveSetting] {
        Dictionary(uniqueKeysWithValues: config.effective.map { ($0.name, $0) })
    }

    @Test func `every setting is shown once, with where it came from`() throws {
        let config = try Config(
            environment: ["ALDRAVA_MAX_BODY": "2048", "ALDRAVA_MASTER_KEY_FILE": "/key"], file: "/conf",
            machine: machine(files: [
                "/conf": text("ALDRAVA_MAX_BODY=4096\nALDRAVA_SESSION_IDLE=120\n"),
                "/key": text(String(repeating: "ab", count: 32)),
            ]))
        #expect(config.effective.map(\.name) == Config.settings.map(\.name))
        let shown = shown(config)
        #expect(shown["ALDRAVA_MAX_BODY"]?.value == "2048")
        #expect(shown["ALDRAVA_MAX_BODY"]?.origin == .environment)
        #expect(shown["ALDRAVA_SESSION_IDLE"]?.value == "120")
        #expect(shown["ALDRAVA_SESSION_IDLE"]?.origin == .settingsFile("/conf"))
        #expect(shown["ALDRAVA_MASTER_KEY"]?.value == "set")
        #expect(shown["ALDRAVA_MASTER_KEY"]?.origin == .secretFile("/key"))
        #expect(shown["ALDRAVA_DATABASE"]?.value == "unset")
        #expect(shown["ALDRAVA_NODE"]?.value == "host-1" && shown["ALDRAVA_NODE"]?.origin == .standard)
    }

    @Test func `lists and addresses are shown as they are written, and no secret is`() throws {
        let config = try Config(
            environment: [
                "ALDRAVA_TRUSTED_PROXIES": "10.0.0.0/8, ::1", "ALDRAVA_CORS_ORIGINS": "https://a.example",
                "ALDRAVA_LISTEN": "[::1]:80", "ALDRAVA_DATABASE": "postgres://u:hunter2@h/d",
            ], machine: machine())
        let shown = shown(config)
        #expect(shown["ALDRAVA_TRUSTED_PROXIES"]?.value.hasPrefix("10.0.0.0/8,::1") == true)
        #expect(shown["ALDRAVA_CORS_ORIGINS"]?.value == "https://a.example")
        #expect(shown["ALDRAVA_LISTEN"]?.value == "[::1]:80")
        #expect(shown["ALDRAVA_DATABASE"]?.value == "set")
        #expect(!config.effective.contains { "\($0)".contains("hunter2") })
    }

    @Test func `what is shown can be set`() throws {
        let given = [
            "ALDRAVA_KEY_ROTATION": "30d", "ALDRAVA_ACCESS_LOG_CHECKS": "yes", "ALDRAVA_SIGNING_ALGORITHM": "EdDSA",
            "ALDRAVA_METRICS": "off", "ALDRAVA_LOG_LEVEL": "debug", "ALDRAVA_ACCESS_LOG": "stdout",
            "ALDRAVA_SERVICE_KEY_FILE": "/key", "ALDRAVA_SERVICE_KEY_PERMISSIONS": "a:b,c:d",
            "ALDRAVA_SERVICE_KEY_EXPIRES": "2027-01-31T18:30:00.250Z",
        ]
        let files = ["/key": text(SettingsTests.serviceKey)]
        let shown = shown(try Config(environment: given, machine: machine(files: files)))
        for (name, value) in given where !name.hasSuffix("_FILE") { #expect(shown[name]?.value == value) }
        #expect(shown["ALDRAVA_SERVICE_KEY"]?.value == "set")
        let odd = try Config(environment: ["ALDRAVA_KEY_ROTATION": "86401"], machine: machine())
        #expect(self.shown(odd)["ALDRAVA_KEY_ROTATION"]?.value == "86401")
        let defaults = try Config(environment: [:], machine: machine())
        for setting in defaults.effective where !setting.value.isEmpty && !["set", "unset"].contains(setting.value) {
            #expect(throws: Never.self, "\(setting.name)") {
                try Config(environment: [setting.name: setting.value], machine: machine())
            }
        }
    }

    @Test(arguments: [
        ("postgres://u:pw@h/d", true), ("postgres://u@h/d", false), ("postgres:///d?host=/run", false),
        ("postgres://h/d?user=u&password=pw", true), ("postgres://h/d?sslpassword=pw", true),
        ("postgresql://u:@h/d", true), ("postgres://h:5432/d", false), ("postgres://[::1]:5432/d", false),
        ("postgres://h/d?options=-c%20a@b:c", false),
    ])
    func `a database password that other users may read is refused, wherever it stands`(
        _ url: String, _ isRefused: Bool
    ) {
        let names = problems(
            [:], file: "/conf", files: ["/conf": text("ALDRAVA_DATABASE=\(url)\n", isPrivate: false)]
        ).map(\.name)
        #expect(names == (isRefused ? ["ALDRAVA_DATABASE"] : []))
        let ofFile = problems(
            ["ALDRAVA_DATABASE_FILE": "/url"], files: ["/url": text("\(url)\n", isPrivate: false)]
        ).map(\.name)
        #expect(ofFile == (isRefused ? ["ALDRAVA_DATABASE_FILE"] : []))
        #expect(problems(["ALDRAVA_DATABASE_FILE": "/url"], files: ["/url": text("\(url)\n")]).isEmpty)
    }
}
