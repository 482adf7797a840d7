/// The members of a JSON object, in the order in which they were written.
package struct JSONObject: Sendable {
    private var members: [(name: String, value: JSONValue)] = []
    /// Where each member is, once there are more of them than are quickly looked through.
    private var places: [String: Int] = [:]

    private static let few = 16

    package init() {}

    package var count: Int { members.count }
    package var isEmpty: Bool { members.isEmpty }

    /// The member names, in order.
    package var keys: [String] { members.map(\.name) }

    private func place(of name: String) -> Int? {
        places.isEmpty ? members.firstIndex { $0.name == name } : places[name]
    }

    /// Reads, replaces (in place), appends, or with nil removes a member.
    package subscript(name: String) -> JSONValue? {
        get { place(of: name).map { members[$0].value } }
        set {
            switch (place(of: name), newValue) {
            case (let place?, let newValue?): members[place].value = newValue
            case (let place?, nil):
                members.remove(at: place)
                index()
            case (nil, let newValue?):
                members.append((name, newValue))
                if members.count == Self.few + 1 {
                    index()
                } else if !places.isEmpty {
                    places[name] = members.count - 1
                }
            case (nil, nil): break
            }
        }
    }

    private mutating func index() {
        places = [:]
        guard members.count > Self.few else { return }
        for (place, member) in members.enumerated() { places[member.name] = place }
    }
}

extension JSONObject: Sequence {
    package func makeIterator() -> IndexingIterator<[(name: String, value: JSONValue)]> { members.makeIterator() }
}

/// Two objects are equal when they have the same members; their order says nothing.
extension JSONObject: Hashable {
    package static func == (left: JSONObject, right: JSONObject) -> Bool {
        left.count == right.count && left.members.allSatisfy { right[$0.name] == $0.value }
    }

    package func hash(into hasher: inout Hasher) {
        var all = 0
        for member in members {
            var one = Hasher()
            one.combine(member.name)
            one.combine(member.value)
            all ^= one.finalize()
        }
        hasher.combine(all)
    }
}

extension JSONObject: ExpressibleByDictionaryLiteral {
    package init(dictionaryLiteral elements: (String, JSONValue)...) {
        members.reserveCapacity(elements.count)
        for (name, value) in elements { self[name] = value }
    }
}
