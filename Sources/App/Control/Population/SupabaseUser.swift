internal import Flows
internal import Standards

/// A row of Supabase's table `auth.users` as a row of ours.
enum SupabaseUser {
    private static let fields: [(column: String, field: ImportField)] = [
        ("id", .id), ("email", .email), ("encrypted_password", .passwordHash),
        ("email_confirmed_at", .emailVerifiedAt), ("raw_user_meta_data", .userMetadata),
        ("raw_app_meta_data", .appMetadata), ("created_at", .createdAt), ("banned_until", .bannedUntil),
        ("last_sign_in_at", .lastSignInAt),
    ]

    /// Whoever was deleted, has no name yet, or signs in elsewhere is passed over. Columns that are not known are, too: the
    /// table has more of them in each version.
    static func read(_ texts: [(name: String, value: String)], line: Int) -> RowSource.Item {
        func text(_ name: String) -> String? { texts.first { $0.name.utf8.elementsEqual(name.utf8) }?.value }
        func isTrue(_ name: String) -> Bool { ["t", "true", "1"].contains(text(name) ?? "") }
        func skip(_ code: String, _ message: String) -> RowSource.Item {
            .skipped(ImportProblem(line: line, field: "", code: code, message: message))
        }
        if text("deleted_at") != nil { return skip("deleted", "was deleted there") }
        if isTrue("is_anonymous") {
            return skip("anonymous", "is anonymous there: it has neither address nor password")
        }
        if isTrue("is_sso_user") { return skip("sso_user", "signs in through another provider there") }
        var row: [(name: String, value: String)] = []
        for (name, value) in texts {
            if let known = fields.first(where: { $0.column.utf8.elementsEqual(name.utf8) }) {
                row.append((known.field.rawValue, value))
            } else if let field = ImportField(rawValue: name), !ignored.contains(field) {
                // A column that --map gave one of our names.
                row.append((name, value))
            }
        }
        if let phone = text("phone"),
            let place = row.firstIndex(where: { $0.name == ImportField.appMetadata.rawValue }),
            let members = (try? JSON.parse(row[place].value))?.members, !members.contains(where: { $0.name == "phone" })
        {
            row[place].value = JSON.object(members + [JSON.Member("phone", .string(phone))]).text
        }
        return .row(ImportRow(line: line, texts: row))
    }

    /// Columns of Supabase's own that are called like a field here and mean something else, or nothing.
    private static let ignored: [ImportField] = [.updatedAt, .number]
}
