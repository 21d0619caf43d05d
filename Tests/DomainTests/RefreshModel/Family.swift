import Domain

/// The moves of one session's family of tokens under given rules, in given circumstances.
struct Family {
    let circumstances: Circumstances
    let rules: RefreshRules
    private let verdicts: Verdicts

    init(_ circumstances: Circumstances, rules: RefreshRules) {
        self.circumstances = circumstances
        self.rules = rules
        verdicts = Verdicts(rules: rules, grace: circumstances.grace)
    }

    var start: FamilyState {
        var state = FamilyState(nodes: circumstances.nodes)
        if circumstances.restoresUpTo != nil {
            state.row.issued = FamilyState.longSpent
            state.kept = FamilyState.longSpent
        }
        return state
    }

    /// Where requests can be decided: a node that remembers, or the database alone.
    private var places: Range<Int> { 0..<max(1, circumstances.nodes) }

    func moves(in state: FamilyState) -> [Move] {
        if state.isEnded { return [] }
        var moves: [Move] = [.tick, .use(node: 0)]
        if state.requests.count < circumstances.requests {
            moves.append(.send)
            if circumstances.serverSide != .absent { moves.append(.sendFromServerSide) }
        }
        for index in state.requests.indices where index == 0 || state.requests[index] != state.requests[index - 1] {
            moves.append(.loseRequest(index))
            for node in places {
                moves.append(.decide(index, node: node, isAnswerLost: true))
                if state.replies.count < circumstances.replies {
                    moves.append(.decide(index, node: node, isAnswerLost: false))
                }
            }
        }
        for index in state.replies.indices { moves += [.deliver(index), .loseReply(index)] }
        if circumstances.nodes > 1 { for node in 1..<circumstances.nodes { moves.append(.use(node: node)) } }
        for node in state.memories.indices where state.memories[node] != FamilyState.Memory() {
            moves += [.write(node: node), .die(node: node)]
        }
        if circumstances.restoresUpTo != nil, !state.isRestored {
            moves.append(state.backup == nil ? .copy : .restore)
        }
        if circumstances.hasThief {
            if state.thief == FamilyState.none {
                moves.append(.steal)
            } else {
                for node in places { moves += [.thiefExchanges(node: node), .thiefUses(node: node)] }
            }
        }
        return moves
    }

    enum Outcome { case state(FamilyState), violation(Violation), impossible }

    func make(_ move: Move, in state: FamilyState) -> Outcome {
        var next = state
        var violation: Violation?
        switch move {
        case .tick: pass(&next)
        case .send: next.requests.append(.init(token: state.kept, age: 0, isFromServerSide: false))
        case .sendFromServerSide: next.requests.append(.init(token: state.kept, age: 0, isFromServerSide: true))
        case .loseRequest(let index): next.requests.remove(at: index)
        case .decide(let index, let node, let isAnswerLost):
            let request = next.requests.remove(at: index)
            switch decide(request, on: node, isAnswerLost: isAnswerLost, &next) {
            case .state: break
            case .violation(let found): violation = found
            case .impossible: return .impossible
            }
        case .deliver(let index): receive(next.replies.remove(at: index), &next)
        case .loseReply(let index): next.replies.remove(at: index)
        case .use(let node): see(state.kept, on: node, isOfThief: false, &next)
        case .write(let node): write(node, &next)
        case .die(let node): next.memories[node] = FamilyState.Memory()
        case .copy: next.backup = state.row
        case .restore:
            guard let backup = state.backup else { return .impossible }
            next.row = backup
            next.backup = nil
            next.isRestored = true
            for node in next.memories.indices { next.memories[node] = FamilyState.Memory() }
        case .steal: next.thief = state.kept
        case .thiefExchanges(let node): violation = thiefExchanges(on: node, &next)
        case .thiefUses(let node): see(state.thief, on: node, isOfThief: true, &next)
        }
        if let violation { return .violation(violation) }
        if let limit = circumstances.restoresUpTo {
            guard next.row.issued <= limit else { return .impossible }
        } else {
            shift(&next)
            if !circumstances.hasThief, circumstances.keeping == .newest, next.row.issued > next.kept + 1 {
                return .violation(.counterRanAhead)
            }
        }
        next.requests.sort()
        next.replies.sort()
        return .state(next)
    }

    /// Where the moves lead, one after another; `nil` where one of them cannot be made, or must not be possible.
    func run(_ moves: [Move], from state: FamilyState) -> FamilyState? {
        var state = state
        for move in moves {
            guard self.moves(in: state).contains(move), case .state(let next) = make(move, in: state) else {
                return nil
            }
            state = next
        }
        return state
    }
}

extension Family {
    private func pass(_ state: inout FamilyState) {
        state.requests.removeAll { $0.age >= circumstances.lateness }
        for index in state.requests.indices { state.requests[index].age += 1 }
        func older(_ age: inout FamilyState.Age) {
            if age != FamilyState.never, age < circumstances.grace { age += 1 }
        }
        older(&state.row.confirmed)
        older(&state.row.previous)
        if var backup = state.backup {
            older(&backup.confirmed)
            older(&backup.previous)
            state.backup = backup
        }
        for node in state.memories.indices { older(&state.memories[node].age) }
        older(&state.ownerBeyond)
        older(&state.thiefBeyond)
        older(&state.thiefProvenAge)
    }

    /// What the server does with a presented token; the one that it answers, if any.
    private func exchange(
        _ token: FamilyState.Token, on node: Int, isOfThief: Bool, _ state: inout FamilyState
    ) -> FamilyState.Token? {
        var seen = FamilyState.never
        if !state.memories.isEmpty, state.memories[node].token == state.row.issued { seen = state.memories[node].age }
        let verdict = verdicts.of(token, row: state.row, seen: seen)
        switch verdict {
        case .ended, .theft:
            state.isEnded = true
            return nil
        case .rotate: rules.advance(&state.row)
        case .fastForward: state.row = FamilyState.Row(issued: token + 1, previous: 0)
        case .replay: break
        }
        prove(token, age: 0, isOfThief: isOfThief, &state)
        return state.row.issued
    }

    private func decide(
        _ request: FamilyState.Request, on node: Int, isAnswerLost: Bool, _ state: inout FamilyState
    ) -> Outcome {
        let mustBeFound =
            state.thiefBeyond >= circumstances.grace
            || remembers(newerThan: request.token, isOfThief: true, on: node, state)
        let answer = exchange(request.token, on: node, isOfThief: false, &state)
        guard let answer else {
            return circumstances.hasThief ? .state(state) : .violation(.ownerSignedOut)
        }
        if mustBeFound { return .violation(.thiefNotFound) }
        if let limit = circumstances.overtakings, !circumstances.hasThief {
            for index in state.requests.indices where state.requests[index].token < answer - limit {
                return .impossible
            }
        }
        if !isAnswerLost {
            state.replies.append(.init(token: answer, isToServerSide: request.isFromServerSide))
        }
        return .state(state)
    }

    private func receive(_ reply: FamilyState.Reply, _ state: inout FamilyState) {
        if reply.isToServerSide {
            if circumstances.serverSide == .exchangingAndUsing { see(reply.token, on: 0, isOfThief: false, &state) }
            return
        }
        if circumstances.keeping == .newest, reply.token <= state.kept { return }
        state.kept = reply.token
        state.thiefBeyond = state.thiefProven > state.kept ? state.thiefProvenAge : FamilyState.never
    }

    private func see(_ token: FamilyState.Token, on node: Int, isOfThief: Bool, _ state: inout FamilyState) {
        guard rules.isUseSeen || !circumstances.hasThief else {
            // The use happened all the same.
            if token == state.row.issued { prove(token, age: 0, isOfThief: isOfThief, &state) }
            return
        }
        guard !state.memories.isEmpty else {
            guard token == state.row.issued else { return }
            if state.row.confirmed == FamilyState.never { state.row.confirmed = 0 }
            prove(token, age: 0, isOfThief: isOfThief, &state)
            return
        }
        if token > state.memories[node].token {
            state.memories[node] = FamilyState.Memory(token: token, age: 0, isOfThief: isOfThief)
        }
    }

    private func write(_ node: Int, _ state: inout FamilyState) {
        let memory = state.memories[node]
        guard memory.token == state.row.issued, state.row.confirmed == FamilyState.never else { return }
        state.row.confirmed = memory.age
        prove(memory.token, age: memory.age, isOfThief: memory.isOfThief, &state)
    }

    private func thiefExchanges(on node: Int, _ state: inout FamilyState) -> Violation? {
        let mustBeFound =
            state.ownerBeyond >= circumstances.grace
            || remembers(newerThan: state.thief, isOfThief: false, on: node, state)
        let isSpent = state.ownerBeyond != FamilyState.never
        guard let answer = exchange(state.thief, on: node, isOfThief: true, &state) else { return nil }
        if mustBeFound { return .thiefNotFound }
        if isSpent { state.isThiefInside = true }
        state.thief = answer
        state.ownerBeyond = FamilyState.never
        return nil
    }

    /// Whether the deciding node itself has seen the other one go beyond a token, for the grace or longer.
    private func remembers(
        newerThan token: FamilyState.Token, isOfThief: Bool, on node: Int, _ state: FamilyState
    ) -> Bool {
        guard circumstances.hasThief, !state.memories.isEmpty else { return false }
        let memory = state.memories[node]
        return memory.isOfThief == isOfThief && memory.token == state.row.issued && memory.token > token
            && memory.age >= circumstances.grace
    }

    /// Somebody's hold of a token came to stay in the database. Kept apart from what the database itself keeps, because
    /// that is what is checked.
    private func prove(_ token: FamilyState.Token, age: FamilyState.Age, isOfThief: Bool, _ state: inout FamilyState) {
        guard state.thief != FamilyState.none else { return }
        if isOfThief {
            if token > state.thiefProven {
                state.thiefProven = token
                state.thiefProvenAge = age
            }
            if token > state.kept { state.thiefBeyond = max(state.thiefBeyond, age) }
        } else if token > state.thief {
            state.ownerBeyond = max(state.ownerBeyond, age)
        }
    }

    /// Moves the newest counter to its place, and everything else along.
    private func shift(_ state: inout FamilyState) {
        let distance = FamilyState.newest - state.row.issued
        func move(_ token: inout FamilyState.Token) {
            if token != FamilyState.none { token = max(FamilyState.longSpent, token + distance) }
        }
        if distance != 0 {
            state.row.issued = FamilyState.newest
            move(&state.kept)
            move(&state.thief)
            move(&state.thiefProven)
            for index in state.requests.indices { move(&state.requests[index].token) }
            for index in state.replies.indices { move(&state.replies[index].token) }
        }
        // Of an older one nothing is ever written or asked.
        for node in state.memories.indices {
            move(&state.memories[node].token)
            if state.memories[node].token < state.row.issued { state.memories[node] = FamilyState.Memory() }
        }
    }
}
