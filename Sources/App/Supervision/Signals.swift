internal import Glibc

/// What the processes of a server do with signals.
enum Signals {
    /// Before anything else, in the process that supervises; the server inherits it.
    static func ignoreBrokenPipes() {
        signal(SIGPIPE, SIG_IGN)
        signal(SIGXFSZ, SIG_IGN)  // a file size limit is then an error of the write, like a full disk
    }

    /// A set of signals, blocked for this thread and all that it starts; every other one is let through.
    static func blockOnly(_ numbers: Int32...) -> sigset_t {
        var set = sigset_t()
        unsafe sigemptyset(&set)
        for number in numbers { unsafe sigaddset(&set, number) }
        unsafe pthread_sigmask(SIG_SETMASK, &set, nil)
        return set
    }

    /// The next of the signals that are blocked.
    static func wait(for set: sigset_t) -> Int32 {
        var set = set
        var taken: Int32 = 0
        unsafe sigwait(&set, &taken)
        return taken
    }

    /// Ends this process as the signal would have, for whoever started it and looks.
    static func die(of number: Int32) {
        signal(number, SIG_DFL)
        _ = blockOnly()
        raise(number)
    }
}
