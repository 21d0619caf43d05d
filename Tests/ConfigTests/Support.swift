import Config

/// A machine with four CPUs whose files are a dictionary.
func machine(files: [String: FileContents] = [:]) -> Machine {
    Machine(processors: 4, hostName: "host-1") { files[$0] ?? .unreadable(reason: "does not exist") }
}

func text(_ content: String, isPrivate: Bool = true) -> FileContents {
    .bytes(Array(content.utf8), isPrivate: isPrivate)
}

/// The problems of an environment that must not be accepted.
func problems(
    _ environment: [String: String], file: String? = nil, files: [String: FileContents] = [:]
) -> [Invalid.Problem] {
    do {
        _ = try Config(environment: environment, file: file, machine: machine(files: files))
        return []
    } catch { return error.problems }
}
