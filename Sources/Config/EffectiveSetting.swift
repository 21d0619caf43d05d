/// Where a setting's value came from.
public enum SettingOrigin: Hashable, Sendable, CustomStringConvertible {
    case environment
    /// An option stood in for the environment.
    case commandLine
    case settingsFile(String)
    /// The file that the setting's `…_FILE` names.
    case secretFile(String)
    /// Nobody gave one.
    case standard

    public var description: String {
        switch self {
        case .environment: "environment"
        case .commandLine: "command line"
        case .settingsFile(let path): path
        case .secretFile(let path): "file \(path)"
        case .standard: "default"
        }
    }

    /// One word, for programs.
    public var word: String {
        switch self {
        case .environment: "environment"
        case .commandLine: "command_line"
        case .settingsFile: "settings_file"
        case .secretFile: "secret_file"
        case .standard: "default"
        }
    }
}

/// A setting with the value that holds.
public struct EffectiveSetting: Sendable {
    public let name: String
    /// A secret is only ever `set` or `unset`.
    public let value: String
    public let origin: SettingOrigin

    public init(name: String, value: String, origin: SettingOrigin) {
        self.name = name
        self.value = value
        self.origin = origin
    }
}

extension Config {
    /// Every setting, in the order of the table.
    public var effective: [EffectiveSetting] {
        Self.settings.map { setting in
            let origin = origins[setting.name] ?? .standard
            let value = setting.isSecret ? (origin == .standard ? "unset" : "set") : setting.show(self)
            return EffectiveSetting(name: setting.name, value: value, origin: origin)
        }
    }
}
