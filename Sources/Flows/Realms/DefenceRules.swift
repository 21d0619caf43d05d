internal import Domain

/// A realm's rules for how attackers are held off.
public struct DefenceRules: Sendable {
    /// Tries at one account from all devices together that are not known for it, by one of its names.
    public var signInTriesPerHour = 40
    /// Tries of a device that signed in to the account before.
    public var deviceTriesPerHour = 60
    /// Tries that were wrong, of one network.
    public var networkTriesPerHour = 300
    /// Tries that were wrong, of all unknown devices at all accounts together.
    public var realmTriesPerHour = 3_600
    /// Accounts made from one network.
    public var signUpsPerHour = 300
    /// Letters asked for one address.
    public var mailsPerHour = 6
    /// How often what one letter carried may be shown wrongly.
    public var proofTriesPerHour = 20

    /// How many bits a sign-up's solution must have; zero where none is asked for.
    public var proofOfWork = 0
    public var refusesDisposableMail = false
    public var refusesBreachedPasswords = false
    /// What becomes of a password that cannot be looked up.
    public var allowsUncheckedPasswords = false

    /// How often a person may take their own data.
    private static let exportsPerHour = 20
    /// How often a break-glass code may be shown wrongly: from one network, and by everybody together. The second is far
    /// above the first, or whoever wants the door shut could shut it.
    private static let (breakGlassOfNetwork, breakGlassOfAll) = (30, 3_600)
    /// Into one organisation, and by one person or program.
    private static let invitationsPerHour = 60
    /// How often a person may change what the realm knows of them, or agree to something: more than anybody does by hand, and
    /// few enough that nobody fills the audit with it.
    private static let changesPerHour = 120

    public init() {}

    func triesPerHour(ofAccount act: Throttles.Act) -> Int {
        switch act {
        case .signIn, .provePassword: signInTriesPerHour
        case .signUp: signUpsPerHour
        case .askForMail, .beInvited: mailsPerHour
        case .invite: Self.invitationsPerHour
        case .showProof: proofTriesPerHour
        case .exportData: Self.exportsPerHour
        case .breakGlass: Self.breakGlassOfAll
        case .changeProfile, .decideConsents: Self.changesPerHour
        }
    }

    /// `nil` where a network does not count: nothing is guessed, and whoever tries is signed in.
    func triesPerHour(ofNetwork act: Throttles.Act) -> Int? {
        switch act {
        case .signUp: signUpsPerHour
        case .breakGlass: Self.breakGlassOfNetwork
        case .signIn, .askForMail, .showProof, .provePassword, .exportData, .invite, .beInvited:
            networkTriesPerHour
        case .changeProfile, .decideConsents: nil
        }
    }
}
