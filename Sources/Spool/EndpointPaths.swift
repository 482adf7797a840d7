package import SystemPackage

/// Where a delivery lies, which is what its state is.
package enum DeliveryState: String, Sendable, Hashable, CaseIterable {
    /// It is to be sent.
    case new
    /// The endpoint took it.
    case done
    /// It was tried often enough. Moved back to `new/`, it is sent again.
    case failed
}

/// What lies in an endpoint's directory.
package struct EndpointPaths: Sendable, Hashable {
    package let directory: FilePath

    package init(directory: FilePath) { self.directory = directory }

    package func deliveries(_ state: DeliveryState) -> FilePath { directory.appending(state.rawValue) }

    package func delivery(_ name: DeliveryName, in state: DeliveryState) -> FilePath {
        deliveries(state).appending(name.rawValue)
    }

    package var attempts: FilePath { directory.appending("attempts") }

    /// The attempts at a delivery, in whatever state it is: a person who moves a delivery moves one file.
    package func attempts(_ name: DeliveryName) -> FilePath { attempts.appending("\(name.rawValue)l") }

    /// While it exists nothing is sent to the endpoint, and nothing made for it.
    package var disabled: FilePath { directory.appending("disabled") }
    /// Where deliveries go, for an endpoint that a task named; for people, with those of the configuration.
    package var about: FilePath { directory.appending("endpoint.json") }

    /// Every directory of an endpoint.
    package var directories: [FilePath] { [attempts] + DeliveryState.allCases.map(deliveries) }
}

extension SpoolPaths {
    package func endpoint(_ name: EndpointName) -> EndpointPaths {
        EndpointPaths(directory: outbox.appending(name.rawValue))
    }

    /// How far a node's journal has become deliveries: a number and a newline.
    package func cursor(_ node: String) -> FilePath { outbox.appending("\(node).cursor") }
}
