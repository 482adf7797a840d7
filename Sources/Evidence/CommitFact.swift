package import JSON
package import SystemPackage

/// A commit that was not in the repository at the baseline.
package struct CommitFact: Sendable, Hashable {
    /// Who made it, as far as that can be known.
    package enum Maker: String, Sendable, Hashable {
        /// HEAD's log of this work tree says that it was committed here since the baseline, and its committer's address
        /// is the one that git is configured with here, if any. A person who did the same at the same time looks so too.
        case agent
        /// It was committed before the baseline, elsewhere, and came by a fetch or a pull.
        case other
        case unknown
    }

    package struct Person: Sendable, Hashable {
        package var name: String
        package var email: String
        /// Seconds since 1970, as the commit says; nobody checks that.
        package var time: Int

        var json: JSONValue {
            [
                "name": .string(name), "email": .string(email),
                "time": .string(WallClock.iso8601(nanoseconds: time &* 1_000_000_000)),
            ]
        }
    }

    package var id: String
    package var author: Person
    package var committer: Person
    package var subject: String
    package var by: Maker
    /// Whether HEAD still has it: false for one that was made and reset, or lies on another branch.
    package var isInHead: Bool
    /// The repository in the workspace that it was made in, if not the workspace's own.
    package var repository: FilePath?

    package var json: JSONValue {
        var members: JSONObject = [
            "commit": .string(id), "author": author.json, "committer": committer.json, "subject": .string(subject),
            "by": .string(by.rawValue), "in_head": .bool(isInHead),
        ]
        members["repository"] = repository.map { BaselineRecord.pathObject(PathText.bytes($0)) }
        return .object(members)
    }
}
