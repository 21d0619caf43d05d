/// Finds what somebody probably meant to type.
public enum Suggestion {
    /// The candidate with the fewest edits from `word`, where that is at most a third of the word's length (and
    /// at least two edits are always forgiven); `nil` when nothing is near.
    public static func nearest(to word: String, among candidates: [String]) -> String? {
        let typed = Array(word.utf8.prefix(128))
        let limit = max(2, typed.count / 3)
        let best = candidates.map { (name: $0, distance: distance(typed, Array($0.utf8))) }
            .min { $0.distance < $1.distance }
        guard let best, best.distance <= limit, best.distance < best.name.utf8.count else { return nil }
        return best.name
    }

    /// Insertions, deletions, replacements and swaps of neighbours count one each.
    private static func distance(_ left: [UInt8], _ right: [UInt8]) -> Int {
        var beforeLast = [Int](repeating: 0, count: right.count + 1)
        var last = Array(0...right.count)
        for row in 0..<left.count {
            var current = [row + 1]
            for column in 0..<right.count {
                let replaced = last[column] + (left[row] == right[column] ? 0 : 1)
                var cost = min(replaced, last[column + 1] + 1, current[column] + 1)
                if row > 0, column > 0, left[row] == right[column - 1], left[row - 1] == right[column] {
                    cost = min(cost, beforeLast[column - 1] + 1)
                }
                current.append(cost)
            }
            beforeLast = last
            last = current
        }
        return last[right.count]
    }
}
