internal import CLinux

/// On whose behalf a piece of work runs: the task that waits for it, so that a fault in the work can be laid to it.
///
/// Only ever compared, by whoever reads the journal of a process that died; the task may be gone by then.
@safe public struct Origin: @unchecked Sendable {
    private let task: UnsafeMutableRawPointer?

    /// The task that is asking, or the one that what is asking already works for.
    public static var current: Origin { unsafe Origin(task: linux_current_task()) }

    /// Runs `body`, on any thread, on behalf of this origin.
    public func working<Value>(_ body: () -> Value) -> Value {
        unsafe linux_set_origin_task(task)
        defer { linux_set_origin_task(nil) }
        return body()
    }
}
