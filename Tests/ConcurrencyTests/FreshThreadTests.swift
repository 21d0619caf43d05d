import Concurrency
import Glibc
import Testing

@Suite("A fresh thread") struct FreshThreadTests {
    private struct Refusal: Error {}

    /// The kernel's name for the calling thread.
    private static var thread: [CChar] {
        var path = [CChar](repeating: 0, count: 64)
        _ = unsafe readlink("/proc/thread-self", &path, path.count)
        return path
    }

    @Test func `does the work elsewhere, and hands back what came of it`() throws {
        let here = Self.thread
        #expect(try runOnFreshThread(name: "fresh") { Self.thread } != here)
        #expect(throws: Refusal.self) { try runOnFreshThread(name: "fresh") { throw Refusal() } }
    }
}
