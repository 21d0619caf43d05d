import Domain
import Glibc
import HTTP
import HTTPServer
import Standards
import Storage
import TestSupport
import Testing

@testable import App
@testable import Config

@Suite("Doctor's checks") struct DoctorCheckTests {
    private func config(_ environment: [String: String]) throws -> Config {
        try Config(
            environment: environment,
            machine: Machine(processors: 2, hostName: "host") { _ in .unreadable(reason: "does not exist") })
    }

    struct Weak: Sendable, CustomTestStringConvertible {
        let check: String
        let verdict: Finding.Verdict
        let environment: [String: String]
        var testDescription: String { check }

        init(_ check: String, _ verdict: Finding.Verdict, _ environment: [String: String]) {
            self.check = check
            self.verdict = verdict
            self.environment = environment
        }
    }

    @Test(arguments: [
        Weak("password_cost", .wrong, ["ALDRAVA_ARGON2_MEMORY_KIB": "8192", "ALDRAVA_ARGON2_PASSES": "4"]),
        Weak("password_cost", .wrong, ["ALDRAVA_ARGON2_PASSES": "1"]),
        Weak(
            "listening", .warning,
            ["ALDRAVA_LISTEN": "0.0.0.0:80", "ALDRAVA_PUBLIC_URL": "https://id.example"]),
        Weak("listening", .warning, ["ALDRAVA_LISTEN": "[::]:80", "ALDRAVA_PUBLIC_URL": "https://id.example"]),
        Weak("cors_origins", .warning, ["ALDRAVA_CORS_ORIGINS": "http://app.example"]),
        Weak("access_lifetime", .warning, ["ALDRAVA_ACCESS_LIFETIME": "3601"]),
        Weak("session_lifetime", .warning, ["ALDRAVA_SESSION_ABSOLUTE": "7776001"]),
        Weak("refresh_grace", .warning, ["ALDRAVA_REFRESH_GRACE": "31"]),
        Weak("trusted_proxies", .wrong, ["ALDRAVA_TRUSTED_PROXIES": "0.0.0.0/0"]),
        Weak("trusted_proxies", .wrong, ["ALDRAVA_TRUSTED_PROXIES": "10.0.0.0/8,::/0"]),
        Weak("limits", .warning, ["ALDRAVA_MAX_CONNECTIONS": "255"]),
        Weak("limits", .warning, ["ALDRAVA_MAX_CONNECTIONS_PER_ADDRESS": "7"]),
        Weak("limits", .warning, ["ALDRAVA_HASH_QUEUE": "31"]), Weak("public_url", .warning, [:]),
        Weak("mail", .warning, ["ALDRAVA_SMTP_URL": "smtp://10.0.0.1", "ALDRAVA_SMTP_TLS": "insecure"]),
        Weak("mail", .warning, ["ALDRAVA_SMTP_URL": "smtps://mail.example"]),
    ])
    func `a weak setting is found, with why and how to mend it`(_ weak: Weak) throws {
        let found = SettingChecks.all(try config(weak.environment)).first { $0.name == weak.check }
        #expect(found?.verdict == weak.verdict)
        #expect(found?.why.isEmpty == false && found?.mend.isEmpty == false)
    }

    @Test func `settings at their bounds are fine`() throws {
        let good = try config([
            "ALDRAVA_ARGON2_MEMORY_KIB": "12288", "ALDRAVA_ARGON2_PASSES": "3", "ALDRAVA_ACCESS_LIFETIME": "3600",
            "ALDRAVA_CORS_ORIGINS": "https://app.example,http://localhost:3000", "ALDRAVA_REFRESH_GRACE": "30",
            "ALDRAVA_SESSION_ABSOLUTE": "7776000", "ALDRAVA_TRUSTED_PROXIES": "10.0.0.0/8",
            "ALDRAVA_MAX_CONNECTIONS": "256", "ALDRAVA_MAX_CONNECTIONS_PER_ADDRESS": "8", "ALDRAVA_HASH_QUEUE": "32",
            "ALDRAVA_PUBLIC_URL": "https://id.example", "ALDRAVA_SMTP_URL": "smtps://mail.example",
            "ALDRAVA_MAIL_FROM": "no-reply@id.example",
        ])
        for finding in SettingChecks.all(good) { #expect(finding.verdict == .fine, "\(finding)") }
    }

    @Test func `a full disk, and one without inodes, is found`() {
        func verdict(_ free: Int, of total: Int) -> Finding.Verdict {
            MachineChecks.diskSpace(
                FreeSpace(bytes: free << 20, totalBytes: total << 20, files: 0, totalFiles: 0), at: "/d"
            ).verdict
        }
        #expect(verdict(99, of: 1_000) == .wrong)
        #expect(verdict(1_023, of: 10_000) == .warning)
        #expect(verdict(2_000, of: 100_000) == .warning)
        #expect(verdict(10_000, of: 100_000) == .fine)
        func files(_ free: Int, of total: Int) -> Finding.Verdict {
            MachineChecks.diskFiles(
                FreeSpace(bytes: 0, totalBytes: 0, files: free, totalFiles: total), at: "/d"
            ).verdict
        }
        #expect(files(999, of: 10_000) == .warning)
        #expect(files(2_000, of: 1_000_000) == .warning)
        #expect(files(20_000, of: 1_000_000) == .fine)
        #expect(files(0, of: 0) == .fine)
    }

    @Test func `a wrong clock, and one that nobody keeps, is found`() {
        let released = Product.released
        func verdict(_ time: Timestamp, _ isSynchronised: Bool?) -> Finding.Verdict {
            MachineChecks.clock(time, released: released, isSynchronised: isSynchronised).verdict
        }
        #expect(verdict(Timestamp(milliseconds: released.milliseconds - 1), true) == .wrong)
        #expect(verdict(released + .seconds(30 * 365 * 86_400), true) == .wrong)
        #expect(verdict(released, false) == .warning)
        #expect(verdict(released, nil) == .fine)
        #expect(verdict(released, true) == .fine)
    }

    @Test func `too few files and old libraries are found`() {
        #expect(
            MachineChecks.fileLimit(1_024, maxConnections: 8_192, databaseConnections: 8).verdict == .warning)
        #expect(MachineChecks.fileLimit(8_264, maxConnections: 8_192, databaseConnections: 8).verdict == .fine)
        #expect(MachineChecks.openSSL("1.1.1w").verdict == .wrong)
        #expect(MachineChecks.openSSL("3.0.19").verdict == .fine)
        #expect(MachineChecks.openSSL("?").verdict == .wrong)
        #expect(MachineChecks.sodium("1.0.17").verdict == .warning)
        #expect(MachineChecks.sodium("1.0.18").verdict == .fine)
    }

    private func examined(
        _ kind: StoreExamination.Kind, _ facts: [String: String], version: Int64 = 2, newest: Int64 = 2,
        offset: Duration? = nil
    ) -> [String: Finding.Verdict] {
        let sound: [String: String] =
            switch kind {
            case .sqlite:
                [
                    "journal_mode": "wal", "synchronous": "2", "foreign_keys": "1", "version": "3.40.1",
                    "quick_check": "ok",
                ]
            case .postgres:
                [
                    "fsync": "on", "full_page_writes": "on", "synchronous_commit": "on", "server_version": "15.5",
                    "server_version_num": "150005", "ssl_in_use": "false", "is_remote": "false",
                    "superuser": "false", "may_create_roles": "false", "may_create_databases": "false",
                    "max_connections": "100", "connections": "80", "libpq": "150005",
                ]
            }
        let findings = DatabaseChecks.all(
            StoreExamination(
                kind: kind, schemaVersion: version, newestSchemaVersion: newest,
                clockOffset: offset ?? (kind == .postgres ? .milliseconds(3) : nil),
                facts: sound.merging(facts) { $1 }))
        return Dictionary(uniqueKeysWithValues: findings.map { ($0.name, $0.verdict) })
    }

    @Test func `a sound database has nothing to be said about it`() {
        #expect(examined(.sqlite, [:]).values.allSatisfy { $0 == .fine })
        #expect(examined(.postgres, [:]).values.allSatisfy { $0 == .fine })
    }

    @Test func `a database that may lose what it acknowledged is found`() {
        for facts in [["journal_mode": "delete"], ["synchronous": "1"], ["foreign_keys": "0"]] {
            #expect(examined(.sqlite, facts)["durability"] == .wrong)
        }
        for facts in [["fsync": "off"], ["full_page_writes": "off"], ["synchronous_commit": "off"]] {
            #expect(examined(.postgres, facts)["durability"] == .wrong)
        }
        #expect(examined(.sqlite, ["quick_check": "row 3 missing"])["database_structure"] == .wrong)
        #expect(examined(.sqlite, ["version": "3.36.0"])["sqlite"] == .wrong)
    }

    @Test func `what else a PostgreSQL server may have wrong is found`() {
        #expect(examined(.postgres, ["server_version_num": "140009"])["postgresql"] == .wrong)
        #expect(examined(.postgres, ["is_remote": "true"])["database_encryption"] == .warning)
        #expect(examined(.postgres, ["is_remote": "true", "ssl_in_use": "true"])["database_encryption"] == .fine)
        for name in ["superuser", "may_create_roles", "may_create_databases"] {
            #expect(examined(.postgres, [name: "true"])["database_role"] == .warning)
        }
        #expect(examined(.postgres, ["connections": "81"])["database_connections"] == .warning)
        #expect(examined(.postgres, ["libpq": "130000"])["libpq"] == .warning)
        #expect(examined(.postgres, [:], offset: .milliseconds(-2_000))["database_clock"] == .wrong)
        #expect(examined(.postgres, [:], offset: .milliseconds(500))["database_clock"] == .warning)
    }

    @Test func `a schema that is behind or ahead is found`() {
        #expect(examined(.sqlite, [:], version: 1)["migrations"] == .warning)
        #expect(examined(.postgres, [:], version: 3)["migrations"] == .warning)
    }

    @Test func `an audit that falls behind and an old key are found`() {
        let now = Product.released
        func audit(_ seconds: Int64?, _ isServing: Bool = true) -> Finding.Verdict {
            RunningChecks.auditLog(
                oldest: seconds.map { Timestamp(milliseconds: now.milliseconds - $0 * 1_000) }, at: now,
                isServing: isServing
            ).verdict
        }
        #expect(audit(nil) == .fine && audit(59) == .fine && audit(60) == .wrong && audit(60, false) == .fine)
        func key(_ days: Int64) -> Finding.Verdict {
            RunningChecks.signingKeys([now, Timestamp(milliseconds: now.milliseconds - days * 86_400_000)], at: now)
                .verdict
        }
        #expect(key(365) == .fine && key(366) == .warning)
        #expect(RunningChecks.signingKeys([], at: now).verdict == .wrong)
    }

    @Test func `a certificate that clients refuse, or soon will, is found`() {
        let now = Product.released
        func verdict(from first: Int64, to last: Int64) -> Finding.Verdict {
            let seconds = now.milliseconds / 1_000
            return CertificateChecks.validity(
                of: .init(path: "/c.pem", names: [], notBefore: seconds + first, notAfter: seconds + last), at: now
            ).verdict
        }
        #expect(verdict(from: 0, to: 14 * 86_400) == .fine && verdict(from: 0, to: 14 * 86_400 - 1) == .warning)
        #expect(verdict(from: 0, to: 0) == .warning && verdict(from: -9, to: -1) == .wrong)
        #expect(verdict(from: 1, to: 90 * 86_400) == .wrong)
    }

    @Test func `another version and other settings than the server's are found`() {
        #expect(Doctor.version(ofServer: "0.1.0", program: "0.2.0").verdict == .warning)
        #expect(Doctor.drift(server: "https://a", command: "https://b").verdict == .warning)
    }

    struct Way: Sendable, CustomTestStringConvertible {
        let client: String
        let forwardedFor: [String]
        var isDirect = false
        let verdict: Finding.Verdict
        var testDescription: String { "\(client) \(forwardedFor)" }
    }

    @Test(arguments: [
        Way(client: "198.51.100.7", forwardedFor: ["192.0.2.66", "198.51.100.7"], verdict: .fine),
        Way(client: "198.51.100.7", forwardedFor: ["198.51.100.7"], verdict: .fine),
        Way(client: "127.0.0.1", forwardedFor: ["192.0.2.66"], isDirect: true, verdict: .fine),
        Way(client: "192.0.2.66", forwardedFor: ["192.0.2.66"], isDirect: true, verdict: .fine),
        Way(client: "192.0.2.66", forwardedFor: ["192.0.2.66"], verdict: .wrong),
        Way(client: "192.0.2.66", forwardedFor: ["192.0.2.66", "10.0.0.1"], verdict: .unknown),
        Way(client: "10.0.0.2", forwardedFor: ["192.0.2.66", "198.51.100.7"], verdict: .warning),
        Way(client: "10.0.0.2", forwardedFor: [], verdict: .warning),
    ])
    func `what proxies make of a request is judged`(_ way: Way) {
        let seen = Probes.Seen(client: way.client, forwardedFor: way.forwardedFor, isSecure: false)
        #expect(
            ProxyChecks.forwardedFor(seen, url: "https://id.example", isDirect: way.isDirect).verdict == way.verdict)
    }

    @Test func `what a finding sends to in the operations guide is there`() throws {
        let here = #filePath.split(separator: "/").dropLast(3).joined(separator: "/")
        func text(_ path: String) throws -> String {
            let file = try File("/\(here)/\(path)", O_RDONLY)
            return String(decoding: try file.read(Int(try file.status().st_size), at: 0), as: UTF8.self)
        }
        let sources = try ["Doctor", "DatabaseChecks"].map { try text("Sources/App/Doctor/\($0).swift") }.joined()
        let guide = try text("docs/OPERATIONS.md")
        let headings = ["The database is down", "The master key is lost", "Roll back", "Restore"]
        for heading in headings {
            #expect(sources.contains(heading), "\(heading)")
            #expect(guide.contains("# \(heading)\n"), "\(heading)")
        }
    }

    @Test func `a proxy on the same machine that nobody trusts is found`() {
        let seen = Probes.Seen(client: "127.0.0.1", forwardedFor: ["192.0.2.66", "127.0.0.1"], isSecure: false)
        func verdict(_ trustsProxies: Bool) -> Finding.Verdict {
            ProxyChecks.forwardedFor(seen, url: "https://id.example", isDirect: false, trustsProxies: trustsProxies)
                .verdict
        }
        #expect(verdict(false) == .warning)
        #expect(verdict(true) == .fine)
    }

    @Test func `a scheme that gets lost and a foreign issuer are found`() {
        let plain = Probes.Seen(client: "", forwardedFor: [], isSecure: false)
        let secure = Probes.Seen(client: "", forwardedFor: [], isSecure: true)
        #expect(ProxyChecks.scheme(plain, url: "https://a").verdict == .warning)
        #expect(ProxyChecks.scheme(secure, url: "https://a").verdict == .fine)
        #expect(ProxyChecks.scheme(plain, url: "http://a").verdict == .fine)
        #expect(ProxyChecks.issuer("https://a", publicURL: "https://b").verdict == .warning)
        #expect(ProxyChecks.unreachable("https://a", words: "no").verdict == .wrong)
        #expect(ProxyChecks.somebodyElse("https://a").verdict == .wrong)
    }

    @Test func `only a probe that was named before is remembered, and once`() throws {
        let probes = Probes()
        var headers = Headers()
        headers.add("User-Agent", "aldrava-doctor/one")
        headers.add("X-Forwarded-For", "192.0.2.66, 10.0.0.1")
        let request = try #require(Request(method: .get, target: "/health", headers: headers))
        probes.note(request)
        #expect(probes.take("one") == nil)
        probes.expect("one")
        probes.note(request)
        #expect(probes.take("one")?.forwardedFor == ["192.0.2.66", "10.0.0.1"])
        #expect(probes.take("one") == nil)
    }

    @Test func `the gravest finding decides how the doctor ends`() {
        let fine = Finding.fine("a", "b")
        let warning = Finding.warning("a", "b", why: "c", mend: "d")
        let wrong = Finding.wrong("a", "b", why: "c", mend: "d")
        #expect(Diagnosis([fine, .unknown("a", "b")]).exitCode == .ok)
        #expect(Diagnosis([fine, warning]).exitCode == .refused)
        #expect(Diagnosis([warning, fine, wrong]).exitCode == .unsound)
        #expect(Diagnosis([fine, warning, wrong]).findings.map(\.verdict) == [.wrong, .warning, .fine])
    }
}
