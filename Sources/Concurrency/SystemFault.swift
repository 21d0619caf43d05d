internal import Glibc

/// A system call that failed although nothing was wrong with the request, such as a process out of descriptors.
public struct SystemFault: Error, Hashable, CustomStringConvertible {
    /// The call's name, such as `epoll_create1`.
    public let call: String
    /// The value of `errno`.
    public let code: Int32

    public init(call: String, code: Int32) {
        self.call = call
        self.code = code
    }

    public var description: String {
        var text = [CChar](repeating: 0, count: 128)
        guard unsafe strerror_r(code, &text, text.count) == 0 else { return "\(call) failed: error \(code)" }
        let sentence = text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }
        return "\(call) failed: \(String(decoding: sentence, as: UTF8.self))"
    }
}
