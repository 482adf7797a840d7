/// Which addresses a request may go to, decided on the address that is about to be connected to, not on the name: a
/// name can stand for another address a moment later.
///
/// Special addresses (``IPAddress/Kind/special``) are never allowed.
package struct AddressRule: Sendable, Hashable {
    package var allowsLoopback: Bool
    package var allowsPrivate: Bool

    package init(allowsLoopback: Bool, allowsPrivate: Bool) {
        self.allowsLoopback = allowsLoopback
        self.allowsPrivate = allowsPrivate
    }

    /// Why nothing may be sent there; nil if it may.
    package func refusal(of address: IPAddress) -> String? {
        switch address.kind {
        case .public: nil
        case .loopback where allowsLoopback: nil
        case .private where allowsPrivate: nil
        case .loopback: "\(address) is this machine, which only a URL that says so may reach"
        case .private: "\(address) is a private address, and those are not allowed here"
        case .special: "\(address) is a link-local, metadata or other special address; nothing is sent there"
        }
    }
}
