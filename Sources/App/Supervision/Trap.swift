package import HTTP

/// What looks at each request before anything else does, and may answer it: for tests, which have to make a server die.
package struct Trap: Sendable {
    /// Asked first, on the connection's loop and without a task. Nothing else is answered so where there is a trap.
    let answerNow: @Sendable (Request) -> Response?
    let answer: @Sendable (Request) async -> Response?

    package init(
        answerNow: @escaping @Sendable (Request) -> Response?, answer: @escaping @Sendable (Request) async -> Response?
    ) {
        self.answerNow = answerNow
        self.answer = answer
    }
}
