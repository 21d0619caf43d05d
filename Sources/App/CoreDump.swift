internal import Glibc

/// The memory of a process that dies of a fault holds the keys, passwords and tokens it was working with.
public enum CoreDump {
    /// The kernel writes none of this process, nor of those that it starts, to a disk. Before anything secret is read.
    public static func forbid() {
        var none = rlimit(rlim_cur: 0, rlim_max: 0)
        unsafe setrlimit(__rlimit_resource_t(RLIMIT_CORE.rawValue), &none)
    }
}
