import Glibc

/// An open file that closes itself.
package struct OwnedDescriptor: ~Copyable {
    package let number: Int32

    package init(_ number: Int32) { self.number = number }

    deinit { close(number) }
}
