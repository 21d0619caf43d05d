internal import Config
internal import Flows

extension Config {
    /// Events less grave than this are not written.
    var severity: SystemEvent.Severity {
        switch logLevel {
        case .error: .error
        case .warning: .warning
        case .info: .info
        case .debug: .debug
        }
    }

    var rotation: LogRotation {
        LogRotation(maxBytes: logMaxMiB << 20, retention: .seconds(Int64(logRetentionDays) * 86_400))
    }
}
