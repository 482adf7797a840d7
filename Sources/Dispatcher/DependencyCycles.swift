import Spool

/// Tasks that wait for each other in a ring: none of them would ever be started.
enum DependencyCycles {
    /// - Parameter waits: Which waiting tasks each one waits for.
    /// - Returns: Rings that have no task in common, each in the order in which its tasks wait for each other.
    static func find(_ waits: [TaskID: [TaskID]]) -> [[TaskID]] {
        var left = waits
        var rings: [[TaskID]] = []
        while true {
            // Whoever waits for nobody that is left is in no ring.
            while true {
                let free = left.filter { _, others in !others.contains { left[$0] != nil } }
                if free.isEmpty { break }
                for id in free.keys { left[id] = nil }
            }
            // From any that is left, each step leads to another that is left, and at last to one that was passed.
            guard var current = left.keys.min() else { return rings }
            var path: [TaskID] = []
            while !path.contains(current) {
                path.append(current)
                guard let next = (left[current] ?? []).filter({ left[$0] != nil }).min() else { return rings }
                current = next
            }
            let ring = Array(path.drop { $0 != current })
            rings.append(ring)
            for id in ring { left[id] = nil }
        }
    }
}
