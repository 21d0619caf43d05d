/// A moment at which an event loop calls something; made once and moved as often as needed.
///
/// Moving it later costs nothing: the heap keeps the old place, and the loop looks at ``deadline`` when that place
/// is reached. A connection can therefore push its idle limit forward with every request. Used on its loop only.
public final class LoopTimer: @unchecked Sendable {
    public var deadline: MonotonicTime { moment }
    var moment = MonotonicTime.never
    /// Where the heap holds this timer, or -1.
    var place = -1
    let action: () -> Void

    /// The action runs on the loop; it should not keep its owner alive.
    public init(_ action: @escaping () -> Void) { self.action = action }
}

/// A binary heap that knows where each timer is, so that a timer can be taken out of the middle.
///
/// A class, because each change of a value within the loop's object would be checked for overlapping at run time.
final class TimerHeap {
    private struct Entry {
        var time: MonotonicTime
        let timer: LoopTimer
    }

    private var entries: [Entry] = []

    /// The earliest moment at which there may be something to do.
    var earliest: MonotonicTime? { entries.first?.time }

    func set(_ timer: LoopTimer, to deadline: MonotonicTime) {
        timer.moment = deadline
        if timer.place < 0 {
            timer.place = entries.count
            entries.append(Entry(time: deadline, timer: timer))
            moveUp(timer.place)
        } else if deadline < entries[timer.place].time {
            entries[timer.place].time = deadline
            moveUp(timer.place)
        }
    }

    func remove(_ timer: LoopTimer) {
        timer.moment = .never
        let place = timer.place
        guard place >= 0 else { return }
        timer.place = -1
        let last = entries.removeLast()
        guard place < entries.count else { return }
        entries[place] = last
        last.timer.place = place
        moveUp(place)
        moveDown(last.timer.place)
    }

    /// Takes out a timer whose deadline has come; timers that were moved later go back to their place.
    func popExpired(at now: MonotonicTime) -> LoopTimer? {
        while let first = entries.first, first.time <= now {
            if first.timer.moment <= first.time {
                remove(first.timer)
                return first.timer
            }
            entries[0].time = first.timer.moment
            moveDown(0)
        }
        return nil
    }

    /// Takes out any timer, due or not.
    func popAny() -> LoopTimer? {
        guard let timer = entries.last?.timer else { return nil }
        remove(timer)
        return timer
    }

    private func moveUp(_ start: Int) {
        var child = start
        while child > 0 {
            let parent = (child - 1) / 2
            guard entries[child].time < entries[parent].time else { break }
            exchange(child, parent)
            child = parent
        }
    }

    private func moveDown(_ start: Int) {
        var parent = start
        while true {
            var least = parent
            for child in [2 * parent + 1, 2 * parent + 2]
            where child < entries.count && entries[child].time < entries[least].time {
                least = child
            }
            if least == parent { break }
            exchange(parent, least)
            parent = least
        }
    }

    private func exchange(_ left: Int, _ right: Int) {
        entries.swapAt(left, right)
        entries[left].timer.place = left
        entries[right].timer.place = right
    }
}
