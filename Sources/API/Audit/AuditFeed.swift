internal import Flows
internal import HTTP

/// A stream of events as the server asks for it.
final class AuditFeed: BodyStream.Feed {
    let follower: EventFollower

    init(_ follower: EventFollower) { self.follower = follower }

    func take(isLast: Bool) -> BodyStream.Step { BodyStream.Step(follower.take(isStopping: isLast)) }

    func step() async -> BodyStream.Step { BodyStream.Step(await follower.step()) }

    func listen(_ ring: @escaping @Sendable () -> Void) { follower.listen(ring) }
}

extension BodyStream.Step {
    init(_ step: EventFollower.Step) {
        switch step {
        case .piece(let piece): self = .piece(piece)
        case .nothing: self = .nothing
        case .waits: self = .waits
        case .end: self = .end
        }
    }
}
