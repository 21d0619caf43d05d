internal import Flows
internal import HTTP

extension Route {
    /// What holds off attackers, as far as clients have a part in it.
    static func ofDefence(_ flows: UseCases, auth: String) -> [Route] {
        [Route(.get, "\(auth)/challenge", .open, ChallengeEndpoint(proofOfWork: flows.defence.proofOfWork))]
    }
}
