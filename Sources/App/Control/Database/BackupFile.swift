public import Config
internal import Glibc
internal import Standards

/// Writes a copy of the database, made while it is in use, to `file`, which must not exist yet. Mode 600.
///
/// Blocks; for the command line's main thread.
///
/// - Throws: ``StartFault`` when nothing could be asked, or the file cannot be written.
public func backUp(_ config: Config, to file: String) throws -> ControlReply {
    guard !file.isEmpty, !file.hasSuffix("/"), !file.utf8.contains(0) else {
        throw StartFault.refused("The backup needs the name of a file.")
    }
    guard unsafe access(file, F_OK) != 0 else {
        throw StartFault.refused("\(file) exists already; a backup never replaces a file.")
    }
    let folder = file.split(separator: "/", omittingEmptySubsequences: false).dropLast().joined(separator: "/")
    let parent = folder.isEmpty ? (file.hasPrefix("/") ? "/" : ".") : folder
    guard unsafe access(parent, W_OK | X_OK) == 0 else {
        throw StartFault.refused("The folder \(parent) \(File.Fault.last.description).")
    }
    let reply = try carryOut(ControlRequest(realm: "default", command: .database(.backUp)), config)
    guard reply.outcome == .done, let source = reply.result["file"]?.string, let bytes = reply.result["bytes"] else {
        return reply
    }
    defer { unsafe unlink(source) }
    do {
        try move(source, to: file)
        let directory = try File(parent, O_RDONLY | O_DIRECTORY)
        try directory.synchronise()
    } catch { throw StartFault.unavailable("The file \(file) \(error.description).") }
    return ControlReply(
        .done, "The database was copied to \(file). Keep the master key apart from it.",
        ["file": .string(file), "bytes": bytes])
}

/// Gives the copy its name, which nobody else may have taken meanwhile; on another disk, of a copy of the copy.
private func move(_ source: String, to file: String) throws(File.Fault) {
    if unsafe link(source, file) == 0 { return }
    guard errno == EXDEV || errno == EPERM || errno == EOPNOTSUPP else { throw .last }
    let input = try File(source, O_RDONLY)
    let output = try File(file, O_WRONLY | O_CREAT | O_EXCL)
    do throws(File.Fault) {
        var offset = 0
        while true {
            let part = try input.read(1 << 20, at: offset)
            if part.isEmpty { break }
            try output.write(part)
            offset += part.count
        }
        try output.synchronise()
    } catch {
        unsafe unlink(file)
        throw error
    }
}
