import CZip

/// Why a container is refused, or can't be made.
package struct ZipError: Error {
    /// For a person, to follow the name of the file.
    package var message: String
}

/// How much of a container is read.
package struct ZipLimits: Sendable, Hashable {
    package var entries: Int
    /// All entries together, as they say themselves and as they turn out, in bytes.
    package var unpackedBytes: Int
    /// Unpacked size by size of the container.
    package var ratio: Int

    package init(entries: Int, unpackedBytes: Int, ratio: Int) {
        self.entries = entries
        self.unpackedBytes = unpackedBytes
        self.ratio = ratio
    }
}

/// Owns libzip's archive, that of a document, over bytes in memory, and unpacks single entries from it into memory.
///
/// Nothing is ever written to disk, so that an entry's name can't lead anywhere. What the archive says of its sizes is
/// checked before anything is unpacked, and what comes out is counted, as sizes lie.
package final class ZipArchive {
    private let bytes: UnsafeMutableBufferPointer<UInt8>
    private let archive: OpaquePointer
    private var budget: Int
    private var indices: [String: zip_uint64_t] = [:]

    package init(_ input: [UInt8], limits: ZipLimits) throws(ZipError) {
        try Self.checkDirectory(input, limits: limits)
        budget = limits.unpackedBytes
        bytes = .allocate(capacity: input.count)
        _ = bytes.initialize(from: input)
        archive = try Self.open(bytes)
        try check(fileSize: input.count, limits: limits)
    }

    deinit {
        zip_discard(archive)
        bytes.deallocate()
    }

    /// The content of an entry; nil if there is none of this name.
    package func read(_ name: String) throws(ZipError) -> [UInt8]? {
        guard let index = indices[name] else { return nil }
        guard let file = zip_fopen_index(archive, index, 0) else {
            throw ZipError(message: "\(name) can't be unpacked: \(String(cString: zip_strerror(archive)))")
        }
        defer { zip_fclose(file) }
        var content: [UInt8] = []
        var piece = [UInt8](repeating: 0, count: 64 << 10)
        while true {
            let count = Int(zip_fread(file, &piece, zip_uint64_t(piece.count)))
            if count < 0 {
                let reason = String(cString: zip_error_strerror(zip_file_get_error(file)))
                throw ZipError(message: "\(name) can't be unpacked: \(reason); save the document again")
            }
            if count == 0 { return content }
            budget -= count
            if budget < 0 { throw ZipError(message: "it unpacks to more than it says; save the document again") }
            content.append(contentsOf: piece[..<min(count, piece.count)])
        }
    }

    // MARK: opening

    private static func open(_ bytes: UnsafeMutableBufferPointer<UInt8>) throws(ZipError) -> OpaquePointer {
        var error = zip_error_t()
        zip_error_init(&error)
        defer { zip_error_fini(&error) }
        guard let source = zip_source_buffer_create(bytes.baseAddress, zip_uint64_t(bytes.count), 0, &error) else {
            bytes.deallocate()
            throw ZipError(message: "there is no memory left to read it")
        }
        guard let archive = zip_open_from_source(source, ZIP_RDONLY, &error) else {
            let reason = String(cString: zip_error_strerror(&error))
            zip_source_free(source)
            bytes.deallocate()
            throw ZipError(message: "its container (zip) is damaged: \(reason); save the document again")
        }
        return archive
    }

    /// Looks at the end record before libzip does, which makes room for as many entries as the record says.
    private static func checkDirectory(_ bytes: [UInt8], limits: ZipLimits) throws(ZipError) {
        if bytes.starts(with: [0xD0, 0xCF, 0x11, 0xE0]) {
            throw ZipError(
                message: "it is an old .doc, or protected with a password; save it as .docx without a password"
            )
        }
        guard bytes.starts(with: [0x50, 0x4B, 0x03, 0x04]) else {
            throw ZipError(message: "it is no .docx document (no zip container); save it as .docx")
        }
        let recordSize = 22
        let locatorSize = 20
        let longestComment = 0xFFFF
        var found = false
        var position = bytes.count - recordSize
        let first = max(0, position - longestComment - locatorSize)
        while position >= first {
            defer { position -= 1 }
            guard bytes[position] == 0x50, bytes[position...].starts(with: [0x50, 0x4B, 0x05, 0x06]) else { continue }
            found = true
            let isZip64 =
                position >= locatorSize && bytes[(position - locatorSize)...].starts(with: [0x50, 0x4B, 0x06, 0x07])
            let entries = max(
                Int(bytes[position + 8]) | Int(bytes[position + 9]) << 8,
                Int(bytes[position + 10]) | Int(bytes[position + 11]) << 8
            )
            if isZip64 || entries > limits.entries {
                throw ZipError(
                    message: "it has more than \(limits.entries) entries; that is no document for a task")
            }
        }
        guard found else { throw ZipError(message: "its end is missing; copy or save the document again") }
    }

    /// Decides on the archive's own word whether to unpack anything.
    private func check(fileSize: Int, limits: ZipLimits) throws(ZipError) {
        let count = Int(clamping: zip_get_num_entries(archive, 0))
        guard count <= limits.entries else {
            throw ZipError(message: "it has more than \(limits.entries) entries; that is no document for a task")
        }
        var unpacked = 0
        for index in 0..<zip_uint64_t(max(0, count)) {
            var status = zip_stat_t()
            guard zip_stat_index(archive, index, 0, &status) == 0, let name = status.name else {
                throw ZipError(message: "its container (zip) is damaged; save the document again")
            }
            if status.valid & zip_uint64_t(ZIP_STAT_ENCRYPTION_METHOD) != 0,
                status.encryption_method != zip_uint16_t(ZIP_EM_NONE)
            {
                throw ZipError(message: "it is encrypted; save it without a password")
            }
            let size = Int(clamping: status.size)
            guard size <= limits.unpackedBytes - unpacked else {
                throw ZipError(message: "it unpacks to more than \(limits.unpackedBytes) bytes; make it smaller")
            }
            unpacked += size
            guard indices.updateValue(index, forKey: String(cString: name)) == nil else {
                throw ZipError(message: "its container (zip) has an entry twice; save the document again")
            }
        }
        let (most, overflow) = fileSize.multipliedReportingOverflow(by: limits.ratio)
        guard overflow || unpacked <= most else {
            throw ZipError(
                message: "it unpacks to more than \(limits.ratio) times its size; that is no document for a task"
            )
        }
    }
}
