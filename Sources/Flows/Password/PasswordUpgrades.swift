internal import Concurrency
internal import Domain
internal import Storage

/// Hashes of other systems, and weak ones of ours, are made anew from the password once somebody has signed in with it:
/// after the answer, one at a time, and at the next sign-in where this is not the moment.
public final class PasswordUpgrades: Sendable {
    struct Upgrade: Sendable {
        let user: ID<User>
        let stored: StoredPassword
        let password: Secret
        let source: Source
    }

    /// How many may wait, each with a password in memory.
    private static let places = 64

    private let waiting = Lock<[Upgrade]>([])
    private let news = Wakeup()
    private let passwords: Passwords
    private let store: any Store
    private let report: @Sendable (SystemEvent) -> Void

    init(passwords: Passwords, store: any Store, report: @escaping @Sendable (SystemEvent) -> Void) {
        self.passwords = passwords
        self.store = store
        self.report = report
    }

    /// Says that `password` fitted `stored`. Returns at once, and keeps nothing where the hash is as it should be.
    func offer(_ password: Secret, fitting stored: StoredPassword, of user: ID<User>, from source: Source) {
        guard passwords.needsRehash(stored) else { return }
        let isTaken = waiting.withLock { waiting in
            guard waiting.count < Self.places, !waiting.contains(where: { $0.user == user }) else { return false }
            waiting.append(Upgrade(user: user, stored: stored, password: password, source: source))
            return true
        }
        if isTaken { news.ring() }
    }

    /// Runs until its task is cancelled; what waits then is forgotten.
    public func run() async {
        while !Task.isCancelled {
            await withTaskCancellationHandler {
                await news.wait()
            } onCancel: {
                news.ring()
            }
            await performAll()
        }
    }

    /// Makes anew whatever waits now.
    public func performAll() async {
        while !Task.isCancelled, let next = waiting.withLock({ $0.isEmpty ? nil : $0.removeFirst() }) {
            await perform(next)
        }
    }

    private func perform(_ upgrade: Upgrade) async {
        // A full queue is no trouble: whoever signs in comes first. What else fails was reported there.
        guard let made = try? await passwords.hash(upgrade.password, source: upgrade.source) else { return }
        do {
            // Where the password was changed meanwhile, the change stays.
            _ = try await store.transaction { (tx) throws(StoreFault) in
                try tx.replacePassword(upgrade.stored, by: made, of: upgrade.user)
            }
        } catch {
            report(SystemEvent(.warning, "password_not_rehashed", "\(error)"))
        }
    }
}
