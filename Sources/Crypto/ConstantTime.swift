internal import CSodium

/// Whether two byte strings are the same, in a time that depends on their lengths only.
///
/// The one way to compare MACs, digests of secrets and anything else that a stranger may guess at bit by bit.
public func constantTimeEqual(_ left: [UInt8], _ right: [UInt8]) -> Bool {
    guard left.count == right.count else { return false }
    return unsafe left.isEmpty || sodium_memcmp(left, right, left.count) == 0
}
