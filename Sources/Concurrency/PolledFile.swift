internal import CLinux

/// What the kernel reports about a descriptor, and what is asked of it.
public struct Readiness: OptionSet, Sendable {
    public let rawValue: UInt32
    public init(rawValue: UInt32) { self.rawValue = rawValue }

    public static let read = Readiness(rawValue: linux_epoll_in)
    public static let write = Readiness(rawValue: linux_epoll_out)
    /// The socket failed; reported without being asked for.
    public static let error = Readiness(rawValue: linux_epoll_error)
    /// Both directions are closed; reported without being asked for.
    public static let hangUp = Readiness(rawValue: linux_epoll_hang_up)
    /// The other side sends nothing more, though it may still read.
    public static let readHangUp = Readiness(rawValue: linux_epoll_read_hang_up)
    /// Report changes instead of states.
    public static let edge = Readiness(rawValue: linux_epoll_edge)
    /// Wake one of the loops that wait for this descriptor, not all (for listening sockets).
    public static let exclusive = Readiness(rawValue: linux_epoll_exclusive)
}

/// A file descriptor that an event loop watches.
///
/// A class to inherit from and not a protocol, so that the loop's hottest call is one table look-up. All members are
/// used on the loop only. The loop keeps the object alive from ``EventLoop/register(_:for:)`` to
/// ``EventLoop/unregister(_:)``.
open class PolledFile: @unchecked Sendable {
    public let descriptor: Int32
    public internal(set) var isRegistered = false

    public init(descriptor: Int32) { self.descriptor = descriptor }

    /// The kernel has something to report. Called on the loop.
    open func isReady(_ readiness: Readiness) {}
}
