internal import Concurrency
public import Config
internal import Crypto
internal import Domain
internal import Flows
internal import Glibc
internal import Standards
internal import Storage

/// Puts another master key in the place of the present one, with no server at work.
///
/// `next` is a file with the new key; without it one is made, where the present one is the data folder's. `isDisclosed`
/// also ends what the old key could have given away, see ``Flows/ChangeMasterKey``. Blocks; for
/// the command line's main thread.
///
/// - Throws: ``StartFault`` when it cannot begin, or was stopped on the way.
public func rewrapMasterKey(_ config: Config, next path: String?, isDisclosed: Bool) throws -> ControlReply {
    guard let folder = try DataFolder.take(config.data, mayMake: false) else {
        throw StartFault.unavailable(
            "A server, or a command, works with the data folder \(config.data); stop the server first.")
    }
    return try runToCompletion {
        let store = try await Premises.openStore(config)
        let reply: Result<ControlReply, any Error>
        do { reply = .success(try await rewrap(config, store, next: path, isDisclosed)) } catch {
            reply = .failure(error)
        }
        await store.close()
        withExtendedLifetime(folder) {}
        return try reply.get()
    }
}

private func rewrap(_ config: Config, _ store: any Store, next path: String?, _ isDisclosed: Bool) async throws
    -> ControlReply
{
    let capabilities = Capabilities(
        now: Clock.now, monotonic: Clock.monotonic, random: { Random.bytes($0) },
        pause: { _ throws(CancellationError) in throw CancellationError() }, report: { _ in })
    if try await UseCases.isFresh(store) {
        throw StartFault.configuration("The database is empty: it has no master key yet.")
    }
    let isFile = config.masterKey == nil
    let present = try await MasterKeyFile.key(config, for: store, { _ in })
    let change = ChangeMasterKey(store: store, capabilities: capabilities, node: config.node)
    if try await ChangeMasterKey.recognises(present, in: store) {
        let moved = try await change.finish(with: present)
        if !moved.isNothing { return completed(moved) }
    }
    let next = try nextKey(config, isFile: isFile, path: path)
    if !isFile, try await ChangeMasterKey.recognises(next, in: store) {
        // Stopped on the way before: the database is at the new key, the settings still name the old one.
        return done(try await change.finish(with: next), isFile: isFile, path)
    }
    do throws(OpenFault) {
        let outcome = try await change(from: present, to: next, isDisclosed: isDisclosed) { () throws(OpenFault) in
            guard isFile else { return }
            do throws(StartFault) { try MasterKeyFile.promote(config) } catch {
                throw .store(.inputOutput(error.description))
            }
        }
        switch outcome {
        case .changed(let rewrapped): return done(rewrapped, isFile: isFile, path)
        case .same: return ControlReply(.refused, "That is the present master key.", ["code": "same_key"])
        case .inUse(let nodes):
            return ControlReply(
                .refused,
                "Servers are at work with this database: \(nodes.joined(separator: ", ")). Stop them; one that was killed is forgotten after 30 seconds.",
                ["code": "in_use", "nodes": .array(nodes.map { .string($0) })])
        }
    } catch { throw StartFault.opening(error) }
}

/// From the file that was named, or made; on the disk before the database can depend on it.
private func nextKey(_ config: Config, isFile: Bool, path: String?) throws(StartFault) -> MasterKey {
    let given: MasterKey?
    if let path {
        guard let key = try MasterKeyFile.read(path) else { throw .configuration("There is no file \(path).") }
        given = key
    } else {
        given = nil
    }
    guard isFile else {
        guard let given else {
            throw .configuration(
                "The master key comes from the settings; name the file of the new one with --to, and afterwards in ALDRAVA_MASTER_KEY_FILE."
            )
        }
        return given
    }
    if unsafe access(config.path(MasterKeyFile.oldName), F_OK) == 0 {
        throw .configuration(
            "\(config.path(MasterKeyFile.oldName)) is there from a change before; move it away, or destroy it if no backup needs it."
        )
    }
    let bytes = given?.bytes.exposed ?? Random.bytes(MasterKey.byteCount)
    guard let key = MasterKey(Secret(bytes)) else { throw .configuration("The new master key cannot be made.") }
    try MasterKeyFile.write(bytes, to: config.path(MasterKeyFile.nextName), in: config.data)
    return key
}

private func completed(_ moved: ChangeMasterKey.Rewrapped) -> ControlReply {
    ControlReply(
        .done,
        "A change of the master key that was interrupted is complete now. Run the command again for another new key.",
        ["signing_keys": .integer(Int64(moved.signingKeys)), "subject_keys": .integer(Int64(moved.subjectKeys))])
}

private func done(_ moved: ChangeMasterKey.Rewrapped, isFile: Bool, _ path: String?) -> ControlReply {
    let place =
        isFile
        ? """
        The new key is master.key; the one before is master.key.old, which only backups from before today need.
        Copy the new key to where you keep it, make a backup of the database, then take master.key.old away.
        """
        : """
        Set ALDRAVA_MASTER_KEY_FILE to \(path ?? "its file") before the next start.
        Keep the key before as long as you keep backups from before today.
        """
    return ControlReply(
        .done,
        "The database is at the new master key; \(moved.signingKeys) signing keys and \(moved.subjectKeys) people's keys were wrapped anew.\n\(place)",
        ["signing_keys": .integer(Int64(moved.signingKeys)), "subject_keys": .integer(Int64(moved.subjectKeys))])
}
