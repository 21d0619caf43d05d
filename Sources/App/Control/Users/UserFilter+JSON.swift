internal import Domain
internal import Flows
internal import Standards
internal import Storage

extension ListUsers.Filter {
    /// As it travels over the control socket; times in milliseconds.
    var members: [JSON.Member] {
        func flag(_ value: Bool?) -> JSON { value.map { .bool($0) } ?? .null }
        func text(_ value: String?) -> JSON { value.map { .string($0) } ?? .null }
        func time(_ value: Timestamp?) -> JSON { value.map { .integer($0.milliseconds) } ?? .null }
        return [
            JSON.Member("active", flag(isActive)), JSON.Member("banned", flag(isBanned)),
            JSON.Member("deactivated", flag(isDeactivated)), JSON.Member("verified", flag(isVerified)),
            JSON.Member("text", text(self.text)), JSON.Member("prefix", text(prefix)),
            JSON.Member("role", text(role)), JSON.Member("created_from", time(created.from)),
            JSON.Member("created_before", time(created.before)), JSON.Member("signed_in_from", time(signedIn.from)),
            JSON.Member("signed_in_before", time(signedIn.before)),
        ]
    }

    init(_ json: JSON) {
        func time(_ name: String) -> Timestamp? { json[name]?.integer.map { Timestamp(milliseconds: $0) } }
        self.init(
            isActive: json["active"]?.bool, isBanned: json["banned"]?.bool, isDeactivated: json["deactivated"]?.bool,
            isVerified: json["verified"]?.bool, text: json["text"]?.string, prefix: json["prefix"]?.string,
            role: json["role"]?.string, created: TimeSpan(from: time("created_from"), before: time("created_before")),
            signedIn: TimeSpan(from: time("signed_in_from"), before: time("signed_in_before")))
    }
}
