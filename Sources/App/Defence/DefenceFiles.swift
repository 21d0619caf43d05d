internal import Concurrency
internal import Config
internal import Flows

/// The lists that sign-up asks: disposable mail domains in memory, and the ranges of breached passwords where they are.
final class DefenceFiles: Sendable {
    private let ranges: BreachedRanges?
    private let domainsPath: String?
    private let domains: Lock<DomainList>
    private let report: @Sendable (SystemEvent) -> Void

    private static let longestList = 64 << 20

    /// A list that is set and cannot be read stops the start: it would refuse nobody.
    init(_ config: Config, _ report: @escaping @Sendable (SystemEvent) -> Void) throws(StartFault) {
        self.report = report
        domainsPath = config.disposableDomains
        do { domains = Lock(try config.disposableDomains.map(Self.list) ?? DomainList([])) } catch {
            throw .configuration(
                "ALDRAVA_DISPOSABLE_DOMAINS: \(config.disposableDomains ?? "") \(error.description).")
        }
        ranges = config.breachedPasswords.map {
            BreachedRanges($0, caFile: config.breachedPasswordsCAFile, report)
        }
        if domainsPath != nil { tell() }
    }

    var sources: DefenceSources {
        DefenceSources(
            breachedRange: { [ranges] prefix in
                guard let ranges else { return nil }
                return await ranges(prefix)
            },
            isDisposable: { [self] domain in domains.withLock { $0.contains(domain) } })
    }

    /// Where the list cannot be read, the old one stays.
    func reload() {
        guard let domainsPath else { return }
        do {
            let list = try Self.list(domainsPath)
            domains.withLock { $0 = list }
            tell()
        } catch {
            report(
                SystemEvent(
                    .error, "disposable_domains_unreadable", "\(domainsPath) \(error.description). The old list stays.")
            )
        }
    }

    func stop() { ranges?.stop() }

    private func tell() {
        let list = domains.withLock { $0 }
        report(SystemEvent(.info, "disposable_domains_read", "domains: \(list.count)"))
        guard let first = list.unreadable.first else { return }
        report(
            SystemEvent(
                .warning, "disposable_domains_partly_read",
                "\(list.unreadable.count) lines are no domains, the first is line \(first)"))
    }

    private static func list(_ path: String) throws(File.Fault) -> DomainList {
        DomainList(try File.all(path, atMost: longestList))
    }
}
