internal import Concurrency

/// Writes metrics in the text format of Prometheus 0.0.4, or in OpenMetrics 1.0, which says the same a little otherwise.
struct MetricsText {
    enum Format {
        case prometheus, openMetrics

        var mediaType: String {
            switch self {
            case .prometheus: "text/plain; version=0.0.4; charset=utf-8"
            case .openMetrics: "application/openmetrics-text; version=1.0.0; charset=utf-8"
            }
        }
    }

    enum Kind: String { case counter, gauge, histogram }

    private(set) var bytes: [UInt8] = []
    private let format: Format

    init(_ format: Format) {
        self.format = format
        bytes.reserveCapacity(1 << 15)
    }

    /// One family: `name` of a counter ends with `_total`, and units are seconds and bytes.
    mutating func family(_ name: String, _ kind: Kind, _ help: String, _ body: (inout Samples) -> Void) {
        var samples = Samples(name: name)
        body(&samples)
        guard !samples.bytes.isEmpty else { return }
        // OpenMetrics names a counter without the ending that its samples have.
        let isBare = format == .openMetrics && kind == .counter && name.hasSuffix("_total")
        let family = isBare ? String(name.dropLast("_total".utf8.count)) : name
        bytes.append(contentsOf: "# HELP \(family) \(help)\n# TYPE \(family) \(kind.rawValue)\n".utf8)
        bytes.append(contentsOf: samples.bytes)
    }

    mutating func value(_ name: String, _ kind: Kind, _ help: String, _ value: Double) {
        family(name, kind, help) { $0.add([], value) }
    }

    mutating func count(_ name: String, _ help: String, _ value: UInt64) {
        family(name, .counter, help) { $0.add([], Double(value)) }
    }

    mutating func finish() {
        if format == .openMetrics { bytes.append(contentsOf: "# EOF\n".utf8) }
    }

    /// The lines of one family.
    struct Samples {
        fileprivate let name: String
        fileprivate var bytes: [UInt8] = []

        mutating func add(_ labels: [(String, String)], _ value: Double) { add("", labels, value) }

        mutating func add(_ labels: [(String, String)], _ value: UInt64) { add("", labels, Double(value)) }

        /// Cumulative buckets, sum and count; `unit` is what a value of one means.
        mutating func add(_ labels: [(String, String)], _ distribution: Distribution, unit: Double) {
            var total: UInt64 = 0
            for (bound, count) in zip(distribution.bounds, distribution.counts) {
                total &+= count
                add("_bucket", labels + [("le", Self.text(Double(bound) * unit))], Double(total))
            }
            total = distribution.total
            add("_bucket", labels + [("le", "+Inf")], Double(total))
            add("_sum", labels, Double(distribution.sum) * unit)
            add("_count", labels, Double(total))
        }

        private mutating func add(_ suffix: String, _ labels: [(String, String)], _ value: Double) {
            bytes.append(contentsOf: name.utf8)
            bytes.append(contentsOf: suffix.utf8)
            if !labels.isEmpty {
                var separator = "{"
                for (label, value) in labels {
                    bytes.append(contentsOf: "\(separator)\(label)=\"".utf8)
                    for byte in value.utf8 {
                        switch byte {
                        case UInt8(ascii: "\\"), UInt8(ascii: "\""): bytes += [UInt8(ascii: "\\"), byte]
                        case 0x0A: bytes.append(contentsOf: #"\n"#.utf8)
                        default: bytes.append(byte)
                        }
                    }
                    bytes.append(UInt8(ascii: "\""))
                    separator = ","
                }
                bytes.append(UInt8(ascii: "}"))
            }
            bytes.append(contentsOf: " \(Self.text(value))\n".utf8)
        }

        /// Whole numbers without a fraction.
        private static func text(_ value: Double) -> String {
            guard value.isFinite else { return "NaN" }
            if let whole = Int64(exactly: value) { return String(whole) }
            return value.description
        }
    }
}
