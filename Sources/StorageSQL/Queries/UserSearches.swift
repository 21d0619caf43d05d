internal import Domain
internal import Storage

/// The texts of every search for users in one direction, by what they are sorted by.
///
/// Each reads one index in its order from a place on, so many entries and no more, and judges what it has read. The two
/// databases share them.
struct UserSearches {
    let number: Texts
    let username: Texts
    let email: Texts
    let createdAt: Texts
    let lastSignInAt: Texts

    struct Texts {
        let users: StaticString
        /// The last entry of such a window.
        let end: StaticString
    }

    static func texts(_ order: UserOrder) -> Texts {
        let all = order.isDescending ? descending : ascending
        return switch order.sort {
        case .number: all.number
        case .username: all.username
        case .email: all.email
        case .createdAt: all.createdAt
        case .lastSignInAt: all.lastSignInAt
        }
    }
}
