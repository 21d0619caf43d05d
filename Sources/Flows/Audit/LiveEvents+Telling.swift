internal import Concurrency
internal import Domain
internal import Storage

extension LiveEvents {
    /// What some streams follow: the same object for all who follow the same.
    final class Selection: Sendable {
        let realm: RealmName
        let wanted: EventFilter.Resolved
        /// See ``EventFilter/Resolved/words(in:)``.
        let words: [UInt8]

        init(realm: RealmName, wanted: EventFilter.Resolved, words: [UInt8]) {
            self.realm = realm
            self.wanted = wanted
            self.words = words
        }

        func matches(_ event: Event) -> Bool { event.realm == realm && wanted.matches(event) }
    }

    /// What every stream of a selection that stands behind `from` is told next: the bytes of what matches up to `to`.
    struct Telling: Sendable {
        let selection: Selection
        let from: EventPosition
        private(set) var to: EventPosition
        private(set) var bytes: [UInt8] = []
        /// Events passed over at its end; all of them where nothing matches.
        private(set) var passed = 0

        init(_ selection: Selection, after position: EventPosition) {
            self.selection = selection
            from = position
            to = position
        }

        /// Adds an event unless there is enough; `bytes` is asked for only where it matches.
        mutating func add(_ position: EventPosition, _ event: Event, upTo limit: Int, _ text: () -> [UInt8]) -> Bool {
            guard bytes.count < limit else { return false }
            to = position
            if selection.matches(event) {
                bytes += text()
                passed = 0
            } else {
                passed += 1
            }
            return true
        }
    }

    enum Told {
        /// It has everything already.
        case nothing
        /// `isNewest` when it has everything then.
        case telling(Telling, isNewest: Bool)
        /// The window does not reach back so far.
        case outside
    }

    /// What is told from the window to whoever stands at `position`.
    func tell(_ selection: Selection, after position: EventPosition) -> Told {
        enum Found { case told(Told), window([Entry], EventPosition) }
        let found = state.withLock { state -> Found in
            guard let newest = state.newest, position >= state.floor else { return .told(.outside) }
            guard position < newest else { return .told(.nothing) }
            for telling in state.tellings where telling.from == position && telling.selection === selection {
                return .told(.telling(telling, isNewest: telling.to == newest))
            }
            return .window(state.window, newest)
        }
        switch found {
        case .told(let told): return told
        case .window(let window, let newest):
            let telling = Self.tell(selection, after: position, in: window)
            state.withLock { state in
                if state.tellings.count >= Self.mostTellings { state.tellings.removeFirst() }
                state.tellings.append(telling)
            }
            return .telling(telling, isNewest: telling.to == newest)
        }
    }

    private static func tell(_ selection: Selection, after position: EventPosition, in window: [Entry]) -> Telling {
        var (low, high) = (0, window.count)
        while low < high {
            let middle = (low + high) / 2
            if window[middle].position > position { high = middle } else { low = middle + 1 }
        }
        var telling = Telling(selection, after: position)
        for entry in window[low...] {
            guard telling.add(entry.position, entry.event, upTo: pieceBytes, { entry.bytes }) else { break }
        }
        return telling
    }
}
