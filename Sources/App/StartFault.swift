/// How a process of ours ends. Scripts rely on these numbers; `docs/CONFIGURATION.md` lists them.
public enum ExitCode: Int32, Sendable {
    case ok = 0
    /// The command was understood, and the answer is no.
    case refused = 1
    case usage = 2
    /// A setting, the data folder or the master key cannot be used.
    case configuration = 3
    /// The port, the lock, the database or the server cannot be had now.
    case unavailable = 4
    /// The doctor found something that is wrong.
    case unsound = 5
}

/// Why a server or a command cannot begin: one sentence for the operator, and how the process ends.
public struct StartFault: Error, Equatable, Sendable, CustomStringConvertible {
    public let code: ExitCode
    /// Complete, with its full stop, and without secrets.
    public let description: String

    public init(code: ExitCode, description: String) {
        self.code = code
        self.description = description
    }

    public static func refused(_ sentence: String) -> StartFault { StartFault(code: .refused, description: sentence) }

    public static func configuration(_ sentence: String) -> StartFault {
        StartFault(code: .configuration, description: sentence)
    }

    public static func unavailable(_ sentence: String) -> StartFault {
        StartFault(code: .unavailable, description: sentence)
    }
}
