// Concurrency: where code runs. Nothing here touches Swift's global pool, and nothing else starts tasks.
//
// - `EventLoop`: one thread, one epoll set, timers; requests are handled on it.
// - `ThreadPool`: threads for C code that blocks (hashing, databases), off the loops.
// - `FairQueue`: who may wait for a pool when everybody wants it.
//
// Start with `ThreadPool.swift`, then `EventLoop.swift`.
