/// One forward step of the schema; there is no way back.
///
/// Expand first, contract a version later: the version before this one keeps working on the same database.
/// Both dialects stand side by side so that a review sees where they differ.
struct Migration: Sendable {
    /// Counts up from 1 without gaps.
    let number: Int64
    let name: StaticString
    /// The oldest ``Migrator/newestVersion`` of a program that still works on this schema: usually one less, so that
    /// an upgrade can be taken back and two versions can run side by side.
    let oldestProgram: Int64
    let sqlite: [StaticString]
    let postgres: [StaticString]

    /// Every migration, in order.
    static let all: [Migration] = [foundation, keys, audit, realms, rotations, accounts, access]
}
