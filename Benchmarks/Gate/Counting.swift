internal import Glibc
internal import Synchronization

/// A path that is walked again and again, each time in the same way.
struct Path {
    let name: String
    /// How often before counting begins, so that caches, tables and buffers have reached their size.
    let warmUp: Int
    let calls: Int
    /// How many things one call does; the figures are for one.
    var unit = 1
    /// Walks it once; the number goes from zero through both phases.
    let walk: (Int) -> Void

    /// Walks it, and says on standard output what was counted: each line belongs to the next dump of callgrind.
    func count() {
        for number in 0..<warmUp { walk(number) }
        settle()
        begin()
        for number in warmUp..<warmUp + calls { walk(number) }
        settle()
        end()
        print(name, calls * unit)
    }
}

/// The other threads finish what they began: an answer is read here before the server's turn has ended.
private func settle() { usleep(50_000) }

/// Written, so that the two functions below are neither left out nor, having the same code, made one.
private let isCounting = Atomic(false)

/// Where callgrind sets its figures to zero; known to it as `$s4Gate5beginyyF`.
@inline(never) func begin() { isCounting.store(true, ordering: .relaxed) }

/// Where callgrind writes them down; known to it as `$s4Gate3endyyF`.
@inline(never) func end() { isCounting.store(false, ordering: .relaxed) }

/// Ends the program when what it counts is not what it means to count.
func require(_ condition: Bool, _ rule: @autoclosure () -> String) {
    if !condition { stop(rule()) }
}

func stop(_ why: String) -> Never {
    let line = Array("gate: \(why)\n".utf8)
    unsafe _ = write(STDERR_FILENO, line, line.count)
    exit(1)
}
