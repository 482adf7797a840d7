import CSQLite
package import SystemPackage

/// A database of somebody else's, to be read. The only importer of `CSQLite`.
///
/// What is in it is hostile: nothing that its schema defines is run, texts and work are bounded. Opening one that was not
/// closed well brings it up to date by its `-wal` or `-journal`, which writes; give it a copy. For one thread.
package final class SQLiteFile {
    private let handle: OpaquePointer
    /// How often the library has called back, each time after ``stride`` of its instructions.
    private let work: UnsafeMutablePointer<Int>

    /// The longest text that is read, in bytes.
    package static let longestText = 32 << 20
    private static let stride: Int32 = 100_000
    /// 2,000,000,000 instructions: a hundred thousand tasks take a thousandth of that.
    private static let mostCalls = 20_000

    /// Opens a file that is there.
    package init(_ path: FilePath) throws(SQLiteError) {
        var opened: OpaquePointer?
        let code = path.withPlatformString {
            sqlite3_open_v2($0, &opened, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE, nil)
        }
        guard let opened else { throw SQLiteError(.failed, "there is no memory to open it") }
        guard code == SQLITE_OK, csqlite_distrust(opened) == SQLITE_OK else {
            let error = Self.error(of: opened)
            sqlite3_close_v2(opened)
            throw error
        }
        handle = opened
        work = .allocate(capacity: 1)
        work.initialize(to: 0)
        sqlite3_limit(handle, SQLITE_LIMIT_LENGTH, Int32(Self.longestText))
        sqlite3_limit(handle, SQLITE_LIMIT_ATTACHED, 0)
        sqlite3_progress_handler(
            handle, Self.stride,
            { counter in
                guard let counter = counter?.assumingMemoryBound(to: Int.self) else { return 1 }
                counter.pointee += 1
                return counter.pointee > SQLiteFile.mostCalls ? 1 : 0
            }, work)
    }

    deinit {
        sqlite3_close_v2(handle)
        work.deallocate()
    }

    /// The names of a table's columns.
    ///
    /// - Parameter table: A name of ours, of letters and `_`.
    /// - Throws: ``SQLiteError/Code/otherSchema`` where there is no such table, or a view has its name.
    package func columns(of table: String) throws(SQLiteError) -> Set<String> {
        var isTable = false
        try each("SELECT type FROM sqlite_master WHERE name = '\(table)'") { row in
            isTable = row.text(0) == "table"
            return false
        }
        guard isTable else { throw SQLiteError(.otherSchema, "it has no table \(table)") }
        var names: Set<String> = []
        try each("SELECT name FROM pragma_table_info('\(table)')") { row in
            if let name = row.text(0) { names.insert(name) }
            return true
        }
        return names
    }

    /// Hands on the rows of a query, until one is answered with false.
    ///
    /// - Parameter query: Ours: nothing of it comes from outside.
    package func each(_ query: String, _ body: (SQLiteRow) -> Bool) throws(SQLiteError) {
        var prepared: OpaquePointer?
        guard sqlite3_prepare_v2(handle, query, -1, &prepared, nil) == SQLITE_OK, let prepared else {
            throw Self.error(of: handle)
        }
        defer { sqlite3_finalize(prepared) }
        while true {
            switch sqlite3_step(prepared) {
            case SQLITE_ROW: if !body(SQLiteRow(statement: prepared)) { return }
            case SQLITE_DONE: return
            default: throw Self.error(of: handle)
            }
        }
    }

    private static func error(of handle: OpaquePointer) -> SQLiteError {
        let text = sqlite3_errmsg(handle).map { String(cString: $0) } ?? "no message"
        return switch sqlite3_errcode(handle) & 0xFF {
        case SQLITE_CORRUPT, SQLITE_NOTADB, SQLITE_FORMAT: SQLiteError(.damaged, text)
        case SQLITE_TOOBIG: SQLiteError(.tooLarge, "it holds a text of more than \(longestText) bytes")
        case SQLITE_INTERRUPT: SQLiteError(.tooLarge, "reading it takes too long")
        default: SQLiteError(.failed, text)
        }
    }
}

/// A row, while it is handed on. Any column may hold any kind of value, whatever it was declared as.
package struct SQLiteRow {
    fileprivate let statement: OpaquePointer

    /// Nil for what is no text. Bytes that are no UTF-8 are replaced.
    package func text(_ column: Int32) -> String? {
        guard sqlite3_column_type(statement, column) == SQLITE_TEXT,
            let bytes = sqlite3_column_text(statement, column)
        else { return nil }
        let count = Int(sqlite3_column_bytes(statement, column))
        return String(decoding: UnsafeBufferPointer(start: bytes, count: count), as: UTF8.self)
    }

    /// Nil for what is no number.
    package func number(_ column: Int32) -> Double? {
        switch sqlite3_column_type(statement, column) {
        case SQLITE_FLOAT, SQLITE_INTEGER: sqlite3_column_double(statement, column)
        default: nil
        }
    }

    /// Whether there is no value at all.
    package func isNull(_ column: Int32) -> Bool { sqlite3_column_type(statement, column) == SQLITE_NULL }
}
