internal import Domain

/// One row of the table of settings.
public struct Setting: Sendable {
    /// Also the name in the settings file.
    public let name: String
    /// One sentence for the operator.
    public let summary: String
    /// What values may look like, in words.
    public let allowed: String
    /// The default, as text or in words.
    public let standard: String
    /// A secret may also be given as the path of a file, under ``fileName``.
    public let isSecret: Bool
    /// The value that holds, as text; never asked of a secret.
    let show: @Sendable (_ config: Config) -> String
    /// False, and nothing changed, where the text is not allowed.
    let apply: @Sendable (_ text: String, _ config: inout Config) -> Bool

    /// The name of the variant that holds a path; only secrets have it.
    public var fileName: String? { isSecret ? name + "_FILE" : nil }

    /// Whole seconds.
    static func seconds(
        _ name: String, _ path: any WritableKeyPath<Config, Duration> & Sendable, _ range: ClosedRange<Int64>,
        _ summary: String
    ) -> Setting {
        Setting(
            name: name, summary: summary, allowed: "\(range.lowerBound) to \(range.upperBound) seconds",
            standard: "\(Config.standard[keyPath: path].components.seconds)", isSecret: false,
            show: { "\($0[keyPath: path].components.seconds)" },
            apply: { text, config in
                guard let value = wholeNumber(text), range.contains(value) else { return false }
                config[keyPath: path] = .seconds(value)
                return true
            })
    }

    /// A whole number; `standard` says in words what the default depends on.
    static func count(
        _ name: String, _ path: any WritableKeyPath<Config, Int> & Sendable, _ range: ClosedRange<Int>,
        standard: String? = nil, _ summary: String
    ) -> Setting {
        Setting(
            name: name, summary: summary, allowed: "\(range.lowerBound) to \(range.upperBound)",
            standard: standard ?? "\(Config.standard[keyPath: path])", isSecret: false,
            show: { "\($0[keyPath: path])" },
            apply: { text, config in
                guard let value = wholeNumber(text).flatMap(Int.init(exactly:)), range.contains(value) else {
                    return false
                }
                config[keyPath: path] = value
                return true
            })
    }

    /// Anything that `parse` makes of the text.
    static func text<Value>(
        _ name: String, _ path: any WritableKeyPath<Config, Value> & Sendable, allowed: String, standard: String,
        isSecret: Bool = false, _ summary: String, _ parse: @escaping @Sendable (String) -> Value?
    ) -> Setting {
        Setting(
            name: name, summary: summary, allowed: allowed, standard: standard, isSecret: isSecret,
            show: { shown($0[keyPath: path]) },
            apply: { text, config in
                guard let value = parse(text) else { return false }
                config[keyPath: path] = value
                return true
            })
    }

    /// One of a few words.
    static func word<Word: RawRepresentable<String> & CaseIterable & Sendable>(
        _ name: String, _ path: any WritableKeyPath<Config, Word> & Sendable, _ summary: String
    ) -> Setting {
        text(
            name, path, allowed: Word.allCases.map(\.rawValue).joined(separator: ", "),
            standard: Config.standard[keyPath: path].rawValue, summary, Word.init(rawValue:))
    }

    /// Elements between commas; an empty text is an empty list.
    static func list<Element>(
        _ name: String, _ path: any WritableKeyPath<Config, [Element]> & Sendable, allowed: String, _ summary: String,
        _ parse: @escaping @Sendable (String) -> Element?
    ) -> Setting {
        text(name, path, allowed: "\(allowed), separated by commas", standard: "none", summary) { text in
            var elements: [Element] = []
            for part in text.utf8.split(separator: UInt8(ascii: ","), omittingEmptySubsequences: text.isEmpty) {
                guard let element = parse(String(Substring(SettingsFile.trim(part)))) else { return nil }
                elements.append(element)
            }
            return elements
        }
    }

    /// As it is written where it is set: elements with commas in between, nothing as nothing.
    private static func shown(_ value: Any) -> String {
        switch value {
        case let truth as Bool: return truth ? "yes" : "no"
        case let word as any RawRepresentable<String>: return word.rawValue
        case let time as Duration: return KeyRotation.text(time)
        case let time as Timestamp: return time.iso8601
        default: break
        }
        let mirror = Mirror(reflecting: value)
        switch mirror.displayStyle {
        case .optional: return mirror.children.first.map { shown($0.value) } ?? ""
        case .collection: return mirror.children.map { shown($0.value) }.joined(separator: ",")
        default: return "\(value)"
        }
    }

    /// Whether a file with this value may be read by its owner only. A database's URL may stand anywhere, unless it
    /// holds a password.
    func mustBePrivate(_ text: String) -> Bool {
        guard isSecret else { return false }
        return name != "ALDRAVA_DATABASE" || DatabaseText.holdsPassword(text)
    }

    /// Digits only: no sign, no spaces, no other script's digits.
    private static func wholeNumber(_ text: String) -> Int64? {
        guard !text.isEmpty, text.utf8.allSatisfy({ (48...57).contains($0) }) else { return nil }
        return Int64(text)
    }
}

extension Config {
    /// The defaults alone, for showing them.
    static let standard = Config(
        machine: Machine(processors: 1, hostName: "") { _ in .unreadable(reason: "is not read") })
}
