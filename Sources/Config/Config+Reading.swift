internal import Domain

extension Config {
    /// Reads every setting; where both the environment and the file have one, the environment's holds.
    ///
    /// `file` is the path from the command line; without it `ALDRAVA_CONFIG` is asked. Variables that do not begin
    /// with `ALDRAVA_` are other people's.
    ///
    /// - Throws: ``Invalid`` with every problem found, not only the first.
    public init(environment: [String: String], file: String? = nil, machine: Machine) throws(Invalid) {
        self.init(machine: machine)
        var given = Given(environment: environment, file: file ?? environment[Self.fileVariable], machine: machine)
        for setting in Self.settings {
            guard let text = given.value(of: setting, machine: machine) else { continue }
            origins[setting.name] = given.origin(of: setting)
            if !setting.apply(text, &self) { given.reject(setting, isEmpty: text.isEmpty) }
        }
        deriveDefaults(given: &given)
        if sessionIdle > sessionAbsolute {
            given.problems.append(
                Invalid.Problem(
                    "ALDRAVA_SESSION_IDLE", "is longer than ALDRAVA_SESSION_ABSOLUTE",
                    allowed: "at most \(sessionAbsolute.components.seconds) seconds"))
        }
        if insecureCookies, !publicURL.utf8.starts(with: "http://".utf8), !publicURL.utf8.isEmpty {
            given.problems.append(
                Invalid.Problem(
                    "ALDRAVA_INSECURE_COOKIES", "is yes, and ALDRAVA_PUBLIC_URL is not http:// on a loopback host",
                    allowed: "no"))
        }
        if metrics == .off, metricsToken != nil {
            given.problems.append(
                Invalid.Problem(
                    "ALDRAVA_METRICS_TOKEN", "is set, and ALDRAVA_METRICS is off", allowed: "one of the two"))
        }
        given.problems += serviceKeyProblems
        given.problems += mailProblems
        let listening = ["ALDRAVA_LISTEN", "ALDRAVA_TLS_LISTEN", "ALDRAVA_TLS_CERTIFICATES"]
        if !given.problems.contains(where: { listening.contains($0.name) }) { given.problems += listeningProblems() }
        guard given.problems.isEmpty else { throw Invalid(given.problems) }
    }

    /// An address for TLS needs certificates, certificates need an address, and some address there must be.
    private func listeningProblems() -> [Invalid.Problem] {
        if tlsListen != nil, tlsCertificates.isEmpty {
            return [
                Invalid.Problem(
                    "ALDRAVA_TLS_CERTIFICATES", "must be set, because ALDRAVA_TLS_LISTEN is",
                    allowed: Self.allowed("ALDRAVA_TLS_CERTIFICATES"))
            ]
        }
        if tlsListen == nil, !tlsCertificates.isEmpty {
            return [
                Invalid.Problem(
                    "ALDRAVA_TLS_LISTEN", "must be set, because ALDRAVA_TLS_CERTIFICATES is",
                    allowed: Self.allowed("ALDRAVA_TLS_LISTEN"))
            ]
        }
        if listenPoints.isEmpty {
            return [
                Invalid.Problem(
                    "ALDRAVA_LISTEN", "is off, and ALDRAVA_TLS_LISTEN is not set: nobody could connect",
                    allowed: Self.allowed("ALDRAVA_LISTEN"))
            ]
        }
        return []
    }

    private static func allowed(_ name: String) -> String { settings.first { $0.name == name }?.allowed ?? "" }

    private mutating func deriveDefaults(given: inout Given) {
        if given.lacks("ALDRAVA_PUBLIC_URL") {
            // Where TLS is spoken, that is the way for clients.
            if let url = listenPoints.last.flatMap(PublicURL.from) {
                publicURL = url
            } else {
                given.problems.append(
                    Invalid.Problem(
                        "ALDRAVA_PUBLIC_URL", "must be set, because clients cannot use the listening address",
                        allowed: Self.allowed("ALDRAVA_PUBLIC_URL")))
            }
        }
        if given.lacks("ALDRAVA_NODE") { node = NodeName.check(node) ?? "aldrava" }
    }
}

/// What was found for each name, before anything is understood.
private struct Given {
    private var values: [String: String] = [:]
    /// The settings file.
    private let file: String?
    /// Names whose value stands in a file that other users may read.
    private var exposed: Set<String> = []
    var problems: [Invalid.Problem] = []

    init(environment: [String: String], file: String?, machine: Machine) {
        self.file = file
        values = environment.filter { $0.key.hasPrefix("ALDRAVA_") && $0.key != Config.fileVariable }
        if let file { merge(file: file, machine: machine) }
        let known = Config.settings.flatMap { [$0.name] + ($0.fileName.map { [$0] } ?? []) }
        for name in values.keys.sorted() where !known.contains(name) {
            // Without what all of them begin with, which would make every two names look alike.
            let guess = Suggestion.nearest(
                to: String(name.dropFirst(8)), among: (known + [Config.fileVariable]).map { String($0.dropFirst(8)) }
            ).map { "ALDRAVA_\($0)" }
            problems.append(Invalid.Problem(name, "is not a setting" + (guess.map { "; did you mean \($0)?" } ?? "")))
        }
    }

    private mutating func merge(file path: String, machine: Machine) {
        switch machine.read(path) {
        case .unreadable(let reason):
            problems.append(Invalid.Problem(path, "the settings file \(reason)"))
        case .bytes(let bytes, let isPrivate):
            let file = SettingsFile(bytes, path: path)
            problems += file.problems
            for (name, value) in file.values.sorted(by: { $0.key < $1.key }) {
                guard name.hasPrefix("ALDRAVA_"), name != Config.fileVariable else {
                    problems.append(Invalid.Problem(name, "cannot be set in the settings file"))
                    continue
                }
                // A secret's two names are one setting: either in the environment outweighs both in the file.
                let secret = Config.settings.first { $0.name == name || $0.fileName == name }
                let names = secret.map { [$0.name] + ($0.fileName.map { [$0] } ?? []) } ?? [name]
                if names.contains(where: { environmentHas($0) }) { continue }
                fromFile.insert(name)
                values[name] = value
                if !isPrivate { exposed.insert(name) }
            }
        }
    }

    private var fromFile: Set<String> = []

    private func environmentHas(_ name: String) -> Bool { values[name] != nil && !fromFile.contains(name) }

    /// Asked after the value, and only where there is one.
    func origin(of setting: Setting) -> SettingOrigin {
        if let name = setting.fileName, let path = values[name] { return .secretFile(path) }
        if fromFile.contains(setting.name), let file { return .settingsFile(file) }
        return .environment
    }

    func lacks(_ name: String) -> Bool { values[name] == nil }

    /// The text of a setting, out of its own variable or the file that its `…_FILE` names.
    mutating func value(of setting: Setting, machine: Machine) -> String? {
        guard let fileName = setting.fileName, let path = values[fileName] else {
            if let text = values[setting.name], exposed.contains(setting.name), setting.mustBePrivate(text) {
                problems.append(
                    Invalid.Problem(
                        setting.name, "stands in a settings file that other users may read", allowed: "mode 600"))
            }
            return values[setting.name]
        }
        guard values[setting.name] == nil else {
            problems.append(
                Invalid.Problem(setting.name, "is set together with \(fileName)", allowed: "one of the two"))
            return nil
        }
        switch machine.read(path) {
        case .unreadable(let reason):
            problems.append(Invalid.Problem(fileName, "the file \(reason)"))
            return nil
        case .bytes(let bytes, let isPrivate):
            let trimmed = bytes.reversed().drop { $0 == 0x0A || $0 == 0x0D }.reversed()
            guard let text = String(validating: Array(trimmed), as: UTF8.self) else {
                problems.append(Invalid.Problem(fileName, "the file is not UTF-8 text", allowed: setting.allowed))
                return nil
            }
            if !isPrivate, setting.mustBePrivate(text) {
                problems.append(Invalid.Problem(fileName, "the file may be read by other users", allowed: "mode 600"))
                return nil
            }
            return text
        }
    }

    mutating func reject(_ setting: Setting, isEmpty: Bool) {
        let name = setting.fileName.flatMap { values[$0] == nil ? nil : $0 } ?? setting.name
        problems.append(Invalid.Problem(name, isEmpty ? "is empty" : "is not valid", allowed: setting.allowed))
    }
}
