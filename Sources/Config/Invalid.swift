/// Every problem found in the settings, not only the first.
public struct Invalid: Error, Equatable, Sendable, CustomStringConvertible {
    public let problems: [Problem]

    /// One setting that cannot be used. A value is never part of it: it may be a secret.
    public struct Problem: Hashable, Sendable, CustomStringConvertible {
        /// The setting, or the file and line.
        public let name: String
        public let whatIsWrong: String
        /// What would be accepted; empty where nothing would.
        public let allowed: String

        public init(_ name: String, _ whatIsWrong: String, allowed: String = "") {
            self.name = name
            self.whatIsWrong = whatIsWrong
            self.allowed = allowed
        }

        public var description: String {
            allowed.isEmpty ? "\(name): \(whatIsWrong)" : "\(name): \(whatIsWrong); allowed: \(allowed)"
        }
    }

    public init(_ problems: [Problem]) { self.problems = problems }

    /// One line for each problem.
    public var description: String { problems.map(\.description).joined(separator: "\n") }
}
