internal import Glibc
internal import HTTP
internal import Standards

/// The control socket's side of `aldrava upgrade`.
///
/// `POST` asks for the upgrade, `GET` says who serves: the two processes' numbers differ once it is done.
enum UpgradeEndpoint {
    static let path = "/upgrade"

    /// `nil` for requests of others.
    static func answer(_ request: Request, _ parent: ParentLine) async -> Response? {
        guard request.path == path else { return nil }
        switch request.method {
        case .post:
            switch await parent.askForUpgrade() {
            case .upgradeBegins(let version): return response(UpgradeState(parent, next: version))
            case .upgradeRefused(let reason): return response(UpgradeState(parent, refusal: reason))
            case .ping, .note: return nil
            }
        default: return response(UpgradeState(parent))
        }
    }

    private static func response(_ state: UpgradeState) -> Response {
        var headers = Headers()
        headers.add("Content-Type", "application/json")
        return Response(status: 200, headers: headers, body: state.json.bytes)
    }
}

/// Which server answers, and what it knows of an upgrade.
struct UpgradeState: Equatable, Sendable {
    let process: Int64
    let version: String
    /// A newer program was tried and its server did not start.
    let hasFallenBack: Bool
    /// What the program that takes over says of itself.
    var next: String?
    /// Why none takes over.
    var refusal: String?

    init(_ parent: ParentLine, next: String? = nil, refusal: String? = nil) {
        process = Int64(getpid())
        version = Product.version
        hasFallenBack = parent.hasFallenBack
        self.next = next
        self.refusal = refusal
    }

    var json: JSON {
        [
            "process": .integer(process), "version": .string(version), "has_fallen_back": .bool(hasFallenBack),
            "next": next.map { .string($0) } ?? .null, "refusal": refusal.map { .string($0) } ?? .null,
        ]
    }

    /// `nil` for anything that ``json`` would not have written.
    init?(_ json: JSON) {
        guard let process = json["process"]?.integer, let version = json["version"]?.string,
            let hasFallenBack = json["has_fallen_back"]?.bool
        else { return nil }
        self.process = process
        self.version = version
        self.hasFallenBack = hasFallenBack
        next = json["next"]?.string
        refusal = json["refusal"]?.string
    }
}
