public import Domain

extension JSONWriter {
    /// An id, as its text would be written.
    public mutating func identifier<Entity>(_ id: ID<Entity>) {
        unsafe quoted(ID<Entity>.textCount) { unsafe id.write(to: $0) }
    }

    /// A time, as its text would be written.
    public mutating func timestamp(_ time: Timestamp) {
        unsafe quoted(Timestamp.textCount) { unsafe time.write(to: $0) }
    }
}
