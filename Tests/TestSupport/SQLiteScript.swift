import CSQLite
package import SystemPackage

/// Runs SQL on a database, which is made if it is not there.
package enum SQLiteScript {
    package struct Failure: Error {
        package var message: String
    }

    package static func run(_ sql: String, on path: FilePath) throws {
        var handle: OpaquePointer?
        defer { sqlite3_close_v2(handle) }
        guard sqlite3_open(path.string, &handle) == SQLITE_OK, sqlite3_exec(handle, sql, nil, nil, nil) == SQLITE_OK
        else { throw Failure(message: sqlite3_errmsg(handle).map { String(cString: $0) } ?? "no memory") }
    }
}
