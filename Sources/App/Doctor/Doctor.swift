internal import CLinux
internal import Concurrency
public import Config
internal import Crypto
internal import Domain
internal import Glibc
internal import Standards
internal import Storage
internal import StoragePostgres
internal import StorageSQLite

/// Looks at an installation, with or without a running server, and changes nothing.
///
/// Where a server runs, it judges itself: its settings, its limits and its user count, not those of whoever asks.
/// Blocks; for the command line's main thread.
public enum Doctor {
    /// - Parameters:
    ///   - config: the settings, or why they cannot be used.
    ///   - url: where clients reach the server, instead of the public URL.
    public static func examine(_ config: Result<Config, Invalid>, url: String?) -> Diagnosis {
        switch config {
        case .failure(let invalid):
            let findings = invalid.problems.map { problem in
                Finding.wrong(
                    "settings", "\(problem.description)\(problem.description.hasSuffix("?") ? "" : ".")",
                    why: "The server does not start.",
                    mend: "See docs/CONFIGURATION.md and 'aldrava check-config'.")
            }
            return Diagnosis(findings + machineFindings())
        case .success(let config): return Diagnosis(examine(config, url: url))
        }
    }

    private static func examine(_ config: Config, url: String?) -> [Finding] {
        let settings = Finding.fine("settings", "The settings can be used.")
        do {
            switch try whoHolds(config) {
            case .server: return [settings] + (try askServer(config, url: url))
            case .nobody:
                let stopped = Finding.unknown(
                    "server", "No server runs on \(config.data), so nothing was asked from outside.")
                return [settings, stopped] + localFindings(config) + storedFindings(config)
            case .noFolder: return [settings] + localFindings(config)
            }
        } catch {
            let fault = error as? StartFault
            return [
                settings,
                .wrong(
                    "server", fault?.description ?? "\(error)", why: "Commands and the server need the data folder.",
                    mend: "See who holds the lock: fuser -v \(config.path("lock")). Wait, or end that process."),
            ] + localFindings(config)
        }
    }

    private enum Holder { case server, nobody, noFolder }

    private static func whoHolds(_ config: Config) throws -> Holder {
        // What is wrong with the folder itself is a finding of its own.
        guard (try? DataFolder.check(config.data, mayMake: false)) != nil else { return .noFolder }
        guard unsafe access(config.path("lock"), F_OK) == 0 else { return .nobody }
        for _ in 0..<60 {
            if try DataFolder.take(config.data, mayMake: false) != nil { return .nobody }
            if (try? ControlClient(path: config.path(ControlEndpoint.socketName))) != nil { return .server }
            usleep(50_000)  // starting, stopping, or a short command
        }
        throw StartFault.unavailable(
            "Another process holds the data folder \(config.data), but nobody answers on its control socket.")
    }

    // MARK: With a server

    private static func askServer(_ config: Config, url: String?) throws -> [Finding] {
        try withControl(config) { send in
            func ask(_ command: DoctorCommand) throws -> ControlReply {
                try send(ControlRequest(realm: "default", command: .doctor(command)))
            }
            let reply = try ask(.examine)
            guard reply.outcome == .done, let version = reply.result["version"]?.string,
                let publicURL = reply.result["public_url"]?.string,
                let addresses = reply.result["addresses"]?.array?.compactMap(\.string)
            else {
                return [
                    .wrong(
                        "server", "The server cannot answer: \(reply.message)",
                        why: "Requests that need the database fail too.",
                        mend: "See 'The database is down' in docs/OPERATIONS.md.")
                ]
            }
            var findings = (reply.result["findings"]?.array ?? []).compactMap(Finding.init)
            findings.append(self.version(ofServer: version, program: Product.version))
            findings.append(drift(server: publicURL, command: config.publicURL))
            let address = url ?? publicURL
            let name = ID<Finding>(at: Clock.now(), random: Random.bytes(10)).text
            _ = try ask(.expect(name))
            switch Curl.get(
                address + Probes.path, headers: ["X-Forwarded-For: \(Probes.forgedClient)"],
                userAgent: Probes.userAgent + name)
            {
            case .notInstalled:
                findings.append(
                    .unknown(
                        "public_url_answers", "\(address) was not asked, because curl is not installed.",
                        mend: "apt-get install curl"))
            case .failed(let words): findings.append(ProxyChecks.unreachable(address, words: words))
            case .status:
                guard let seen = try ask(.seen(name)).result["seen"].flatMap(Probes.Seen.init) else {
                    findings.append(ProxyChecks.somebodyElse(address))
                    break
                }
                findings += [
                    .fine("public_url_answers", "\(address) leads to this server."),
                    ProxyChecks.forwardedFor(
                        seen, url: address, isDirect: addresses.contains(address),
                        trustsProxies: reply.result["trusts_proxies"]?.bool ?? true),
                    ProxyChecks.scheme(seen, url: address), ProxyChecks.issuer(address, publicURL: publicURL),
                ]
            }
            return findings
        }
    }

    static func version(ofServer server: String, program: String) -> Finding {
        guard server == program else {
            return .warning(
                "server", "The server that runs is version \(server), and this program is \(program).",
                why: "A server keeps running the program that it was started from.",
                mend: "Restart the server, or use its own program for commands.")
        }
        return .fine("server", "A server of version \(server) answers on the control socket.")
    }

    static func drift(server: String, command: String) -> Finding {
        guard server == command else {
            return .warning(
                "settings_in_use",
                "The server has the public URL \(server), and this command's settings say \(command).",
                why:
                    "Settings were changed since the server started, or this command reads others than the server does.",
                mend: "Restart the server, or give this command the server's --config.")
        }
        return .fine("settings_in_use", "The server has the public URL that this command sees.")
    }

    // MARK: Without a server

    /// What can be seen without opening the database.
    static func localFindings(_ config: Config) -> [Finding] {
        var findings = SettingChecks.all(config) + FolderChecks.all(config) + machineFindings()
        findings += CertificateChecks.all(config, at: Clock.now())
        if let space = FreeSpace(config.data) {
            findings += [
                MachineChecks.diskSpace(space, at: config.data), MachineChecks.diskFiles(space, at: config.data),
            ]
        }
        var limit = rlimit()
        if unsafe getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 {
            findings.append(
                MachineChecks.fileLimit(
                    UInt64(limit.rlim_max), maxConnections: config.maxConnections,
                    databaseConnections: config.databaseURL == nil ? 4 : config.databaseConnections))
        }
        return findings
    }

    private static func machineFindings() -> [Finding] {
        let synchronised = linux_clock_is_synchronised()
        return [
            MachineChecks.clock(
                Clock.now(), released: Product.released, isSynchronised: synchronised < 0 ? nil : synchronised == 1),
            MachineChecks.openSSL(LibraryVersions.openSSL), MachineChecks.sodium(LibraryVersions.sodium),
        ]
    }

    /// Looks at the database as it is; only where its schema is this program's is more asked, since opening it brings
    /// it up to date.
    private static func storedFindings(_ config: Config) -> [Finding] {
        do {
            return try runToCompletion { () async throws -> [Finding] in
                guard let folder = try DataFolder.take(config.data, mayMake: false) else { return [] }
                let examination: StoreExamination
                if let url = config.databaseURL {
                    examination = try await PostgresStore.examine(url: url)
                } else {
                    guard
                        let found = try await SQLiteStore.examine(path: config.path("aldrava.db"), now: Clock.now)
                    else { return [.unknown("database", "There is no database yet.", mend: "aldrava admin create")] }
                    examination = found
                }
                guard examination.schemaVersion == examination.newestSchemaVersion else {
                    return DatabaseChecks.all(examination)
                }
                let premises = try await Premises.open(config, folder)
                let findings: Result<[Finding], StoreFault>
                do throws(StoreFault) {
                    findings = .success(try await RunningChecks.all(premises, isServing: false))
                } catch { findings = .failure(error) }
                await premises.close()
                return [.fine("master_key", "The master key opens this database.")] + (try findings.get())
            }
        } catch let fault as StartFault {
            return [unusable(fault.description, isKey: fault.code == .configuration)]
        } catch {
            return [unusable((error as? StoreFault)?.sentence ?? "\(error)", isKey: false)]
        }
    }

    private static func unusable(_ sentence: String, isKey: Bool) -> Finding {
        .wrong(
            isKey ? "master_key" : "database", sentence, why: "The server cannot start.",
            mend: "See '\(isKey ? "The master key is lost" : "The database is down")' in docs/OPERATIONS.md.")
    }
}
