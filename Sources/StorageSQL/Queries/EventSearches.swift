internal import Storage

/// The texts of every search, in both directions.
///
/// Each is answered by one index, `events_by_` and the column, read in its order. Where the condition names a value
/// that is left out, the index leaves it out too. SQLite compares pairs by the first half alone when it looks for a
/// place in an index, and its first half is always 0, so the two databases have a text each.
struct EventSearches {
    let all: Directions
    let actor: Directions
    let did: Directions
    let refused: Directions
    let confirmedBy: Directions
    let ifOK: Directions
    let ifDoubt: Directions
    let ifNot: Directions
    let kind: Directions
    let application: Directions
    let request: Directions
    let session: Directions

    struct Directions {
        let newestFirst: StaticString
        let oldestFirst: StaticString

        subscript(order: EventOrder) -> StaticString {
            switch order {
            case .newestFirst: newestFirst
            case .oldestFirst: oldestFirst
            }
        }
    }
}
