/// A value in memory of its own that one event loop changes, within its thread and never while it is being changed.
///
/// As a property of a class it would be checked at run time, at each change, for somebody who uses it meanwhile; for what
/// changes several times with every request that is a noticeable part of the work. Whoever changes it must therefore
/// not call anything that comes back to it. Owns the memory.
@safe struct LoopOwned<Value>: ~Copyable {
    private let memory: UnsafeMutablePointer<Value>

    init(_ value: consuming Value) {
        unsafe memory = UnsafeMutablePointer<Value>.allocate(capacity: 1)
        unsafe memory.initialize(to: value)
    }

    deinit {
        unsafe memory.deinitialize(count: 1)
        unsafe memory.deallocate()
    }

    var value: Value {
        @inline(__always) _read { yield unsafe memory.pointee }
        @inline(__always) nonmutating _modify { yield unsafe &memory.pointee }
    }
}
