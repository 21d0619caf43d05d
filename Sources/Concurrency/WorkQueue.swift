internal import Glibc

/// One piece of work: a Swift job, or a plain closure that needs no task of its own.
enum Work: Sendable {
    case job(UnownedJob)
    case closure(@Sendable () -> Void)
}

/// A first-in, first-out queue that threads sleep on.
///
/// Owns a pthread mutex and a condition variable, because waiting needs the two together.
@safe final class WorkQueue: @unchecked Sendable {
    private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
    private let filled = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
    private var items: [Work] = []
    private var first = 0
    private var isClosed = false

    init() {
        unsafe pthread_mutex_init(mutex, nil)
        unsafe pthread_cond_init(filled, nil)
    }

    deinit {
        unsafe pthread_cond_destroy(filled)
        unsafe pthread_mutex_destroy(mutex)
        unsafe filled.deallocate()
        unsafe mutex.deallocate()
    }

    /// Adds work at the end; `false` once the queue is closed, and then nothing was added.
    func push(_ work: Work) -> Bool {
        unsafe pthread_mutex_lock(mutex)
        defer { unsafe pthread_mutex_unlock(mutex) }
        if isClosed { return false }
        items.append(work)
        unsafe pthread_cond_signal(filled)
        return true
    }

    /// Waits for work; `nil` when the queue is closed and everything pushed before was handed out.
    func pop() -> Work? {
        unsafe pthread_mutex_lock(mutex)
        defer { unsafe pthread_mutex_unlock(mutex) }
        while first == items.count {
            if isClosed { return nil }
            unsafe pthread_cond_wait(filled, mutex)
        }
        let work = items[first]
        first += 1
        if first == items.count {
            items.removeAll(keepingCapacity: first <= 1024)
            first = 0
        } else if first >= 1024, first * 2 >= items.count {
            items.removeFirst(first)
            first = 0
        }
        return work
    }

    /// Lets every waiting thread go once the queue is empty; `false` if it was closed before.
    func close() -> Bool {
        unsafe pthread_mutex_lock(mutex)
        defer { unsafe pthread_mutex_unlock(mutex) }
        if isClosed { return false }
        isClosed = true
        unsafe pthread_cond_broadcast(filled)
        return true
    }
}
