/// A dictionary that forgets what was not used lately, at no cost per entry.
///
/// Entries begin in the young half. When that is full it becomes the old half and the former old half is
/// dropped; an old entry that is used moves back. So at least `capacity / 2` of the most recently used stay.
struct TwoGenerations<Key: Hashable & Sendable, Value: Sendable>: Sendable {
    private var young: [Key: Value] = [:]
    private var old: [Key: Value] = [:]
    private let half: Int

    init(capacity: Int) { half = max(1, capacity / 2) }

    mutating func value(for key: Key) -> Value? {
        if let value = young[key] { return value }
        guard let value = old.removeValue(forKey: key) else { return nil }
        insert(value, for: key)
        return value
    }

    mutating func insert(_ value: Value, for key: Key) {
        if young.count >= half && young[key] == nil {
            old = young
            young = [:]
        }
        young[key] = value
    }

    @discardableResult
    mutating func remove(_ key: Key) -> Value? {
        let removed = young.removeValue(forKey: key)
        return old.removeValue(forKey: key) ?? removed
    }

    /// An entry that is in both halves counts twice, until the older one goes.
    var count: Int { young.count + old.count }

    var values: [Value] { Array(young.values) + Array(old.values) }

    mutating func removeAll(where matches: (Value) -> Bool) {
        young = young.filter { !matches($0.value) }
        old = old.filter { !matches($0.value) }
    }
}
