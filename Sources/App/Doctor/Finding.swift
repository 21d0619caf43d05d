internal import Standards

/// What one check of an installation found.
public struct Finding: Sendable {
    public enum Verdict: String, CaseIterable, Sendable {
        case fine
        /// Works, but will hurt one day, or is weaker than it should be.
        case warning
        /// Does not work, or is not safe.
        case wrong
        /// Could not be checked from here.
        case unknown
    }

    /// Stable, for scripts: `disk_space`.
    public let name: String
    public let verdict: Verdict
    /// What is the case.
    public let sentence: String
    /// Why that matters; empty where nothing is to be done.
    public let why: String
    /// How to mend it; empty where nothing is to be done.
    public let mend: String

    static func fine(_ name: String, _ sentence: String) -> Finding {
        Finding(name: name, verdict: .fine, sentence: sentence, why: "", mend: "")
    }

    static func warning(_ name: String, _ sentence: String, why: String, mend: String) -> Finding {
        Finding(name: name, verdict: .warning, sentence: sentence, why: why, mend: mend)
    }

    static func wrong(_ name: String, _ sentence: String, why: String, mend: String) -> Finding {
        Finding(name: name, verdict: .wrong, sentence: sentence, why: why, mend: mend)
    }

    static func unknown(_ name: String, _ sentence: String, mend: String = "") -> Finding {
        Finding(name: name, verdict: .unknown, sentence: sentence, why: "", mend: mend)
    }

    var json: JSON {
        [
            "name": .string(name), "verdict": .string(verdict.rawValue), "sentence": .string(sentence),
            "why": .string(why), "mend": .string(mend),
        ]
    }

    /// `nil` for anything that ``json`` would not have written.
    init?(_ json: JSON) {
        func text(_ name: String) -> String? { json[name]?.string }
        guard let name = text("name"), let verdict = text("verdict").flatMap(Verdict.init),
            let sentence = text("sentence"), let why = text("why"), let mend = text("mend")
        else { return nil }
        self.init(name: name, verdict: verdict, sentence: sentence, why: why, mend: mend)
    }

    private init(name: String, verdict: Verdict, sentence: String, why: String, mend: String) {
        self.name = name
        self.verdict = verdict
        self.sentence = sentence
        self.why = why
        self.mend = mend
    }
}

/// Everything that was found, the gravest first.
public struct Diagnosis: Sendable {
    public let findings: [Finding]

    init(_ findings: [Finding]) {
        let order: [Finding.Verdict] = [.wrong, .warning, .unknown, .fine]
        self.findings = order.flatMap { verdict in findings.filter { $0.verdict == verdict } }
    }

    /// The gravest verdict decides; what could not be checked changes nothing.
    public var exitCode: ExitCode {
        if findings.contains(where: { $0.verdict == .wrong }) { return .unsound }
        return findings.contains { $0.verdict == .warning } ? .refused : .ok
    }

    /// For people: what is to be done in full, what is fine in one line each.
    public var text: String {
        let blocks = findings.map { finding -> String in
            var lines = [
                "\(finding.verdict.rawValue)\(finding.verdict == .fine ? "   " : "") \(finding.name): \(finding.sentence)"
            ]
            if !finding.why.isEmpty { lines.append("  why:  \(finding.why)") }
            if !finding.mend.isEmpty { lines.append("  mend: \(finding.mend)") }
            return lines.joined(separator: "\n")
        }
        return (blocks + [summary]).joined(separator: "\n")
    }

    /// What `--json` prints.
    public var json: String {
        let word: String =
            switch exitCode {
            case .ok: "fine"
            case .unsound: "wrong"
            default: "warning"
            }
        return JSON.object([
            JSON.Member("outcome", "done"), JSON.Member("message", .string(summary)),
            JSON.Member("result", ["verdict": .string(word), "findings": .array(findings.map(\.json))]),
        ]).text
    }

    private var summary: String {
        func count(_ verdict: Finding.Verdict) -> Int { findings.count { $0.verdict == verdict } }
        return
            "\(count(.wrong)) wrong, \(count(.warning)) to look at, \(count(.unknown)) not checked, \(count(.fine)) fine."
    }
}
