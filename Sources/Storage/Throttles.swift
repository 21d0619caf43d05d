public import Domain

/// A bucket of tries under a key that says nothing of whose they are.
///
/// Its whole state is one time: when it will be full again. A try puts that off by one step, and there is none left
/// while it lies further away than the bucket has room.
public struct ThrottleBucket: Hashable, Sendable {
    /// 32 bytes.
    public let key: [UInt8]
    /// In how many milliseconds a try comes back.
    public let step: Int64
    /// The steps of all tries that it holds.
    public let room: Int64

    public init(key: [UInt8], step: Int64, room: Int64) {
        self.key = key
        self.step = step
        self.room = room
    }
}

/// Reads how often somebody tried.
public protocol ThrottleReader {
    /// When each of the buckets will be full again; those that are full already may be missing.
    func throttles(_ keys: [[UInt8]]) throws(StoreFault) -> [[UInt8]: Timestamp]
}

/// Changes it.
public protocol ThrottleWriter: ThrottleReader {
    /// Takes one try from each bucket that has one, and returns the keys of these. One statement for at most four buckets,
    /// which decides by itself: of many that ask at once as many get a try as there are.
    func take(_ buckets: [ThrottleBucket], at time: Timestamp) throws(StoreFault) -> Set<[UInt8]>
    /// Puts one try back into each bucket, and writes what is to be remembered until a time. One statement for at most four
    /// keys together.
    func giveBack(
        _ buckets: [ThrottleBucket], at time: Timestamp, remembering key: [UInt8]?, until end: Timestamp
    ) throws(StoreFault)
    /// True for the first who asks under this key until then; of many at once, for one.
    func claim(_ key: [UInt8], until end: Timestamp) throws(StoreFault) -> Bool
    /// Fills buckets at once; returns how many were not full.
    func clearThrottles(_ keys: [[UInt8]], at time: Timestamp) throws(StoreFault) -> Int64
    /// At most `limit` of those that are full, or remembered for long enough; returns how many they were.
    func deleteThrottles(before time: Timestamp, limit: Int) throws(StoreFault) -> Int64
}
