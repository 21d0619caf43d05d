/// Starts a task that lives on `loop`, as soon as the loop comes to it. From any thread.
///
/// Together with ``startNow(on:_:)`` and ``runToCompletion(_:)`` the only place where tasks begin: a plain `Task`
/// would run on Swift's global pool, where one blocking call can stop everything.
@discardableResult
public func spawn(on loop: EventLoop, _ body: @escaping @Sendable () async -> Void) -> Task<Void, Never> {
    Task(executorPreference: loop, operation: body)
}

/// Starts a task at once, within the caller, up to its first suspension; from there on it lives on `loop`.
///
/// Call it on the loop. A request whose answer needs no waiting is finished when this returns.
@discardableResult
public func startNow(on loop: EventLoop, _ body: @escaping @Sendable () async -> Void) -> Task<Void, Never> {
    Task.immediate(executorPreference: loop, operation: body)
}
