import Concurrency
import Testing

/// Runs a test on threads of its own, because blocking sockets would take all of Swift's pool.
struct OwnThreads: SuiteTrait, TestTrait, TestScoping {
    let isRecursive = true

    func provideScope(
        for test: Test, testCase: Test.Case?, performing body: @Sendable () async throws -> Void
    ) async throws {
        let pool = ThreadPool(name: "test", threads: 2)
        try await withTaskExecutorPreference(pool) { try await body() }
        pool.shutDown()
    }
}

extension Trait where Self == OwnThreads {
    static var ownThreads: OwnThreads { OwnThreads() }
}
