import CZip

/// Makes a container in memory. The same entries always make the same bytes.
package enum ZipWriter {
    /// - Parameter entries: In the order in which they stand in the container; each name once.
    /// - Returns: The container, its entries packed and dated 1980-01-01, the first day that the format knows.
    package static func pack(_ entries: [(name: String, bytes: [UInt8])]) throws(ZipError) -> [UInt8] {
        var error = zip_error_t()
        zip_error_init(&error)
        defer { zip_error_fini(&error) }
        guard let container = zip_source_buffer_create(nil, 0, 0, &error) else { throw failed(&error) }
        // One for us, beside that of the archive, which closing it gives back.
        zip_source_keep(container)
        defer { zip_source_free(container) }
        guard let archive = zip_open_from_source(container, ZIP_TRUNCATE, &error) else {
            zip_source_free(container)
            throw failed(&error)
        }
        // libzip reads them when the archive is closed.
        let buffers = entries.map { entry in
            let buffer = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: max(1, entry.bytes.count))
            _ = buffer.initialize(from: entry.bytes)
            return buffer
        }
        defer { for buffer in buffers { buffer.deallocate() } }
        for (entry, buffer) in zip(entries, buffers) {
            guard add(entry.name, buffer.baseAddress, entry.bytes.count, to: archive) else {
                let problem = ZipError(message: String(cString: zip_strerror(archive)))
                zip_discard(archive)
                throw problem
            }
        }
        guard zip_close(archive) == 0 else {
            let problem = ZipError(message: String(cString: zip_strerror(archive)))
            zip_discard(archive)
            throw problem
        }
        return try content(of: container)
    }

    private static func add(
        _ name: String, _ bytes: UnsafeMutablePointer<UInt8>?, _ count: Int, to archive: OpaquePointer
    ) -> Bool {
        guard let source = zip_source_buffer(archive, bytes, zip_uint64_t(count), 0) else { return false }
        let index = zip_file_add(archive, name, source, zip_flags_t(ZIP_FL_ENC_UTF_8))
        guard index >= 0 else {
            zip_source_free(source)
            return false
        }
        // Day and month count from 1, the year from 1980.
        let firstDay: zip_uint16_t = 1 << 5 | 1
        return zip_set_file_compression(archive, zip_uint64_t(index), zip_int32_t(ZIP_CM_DEFLATE), 6) == 0
            && zip_file_set_dostime(archive, zip_uint64_t(index), 0, firstDay, 0) == 0
    }

    private static func content(of container: OpaquePointer) throws(ZipError) -> [UInt8] {
        guard zip_source_open(container) == 0 else { throw failed(zip_source_error(container)) }
        defer { zip_source_close(container) }
        var content: [UInt8] = []
        var piece = [UInt8](repeating: 0, count: 64 << 10)
        while true {
            let count = Int(zip_source_read(container, &piece, zip_uint64_t(piece.count)))
            if count < 0 { throw failed(zip_source_error(container)) }
            if count == 0 { return content }
            content.append(contentsOf: piece[..<min(count, piece.count)])
        }
    }

    private static func failed(_ error: UnsafeMutablePointer<zip_error_t>?) -> ZipError {
        ZipError(message: error.map { String(cString: zip_error_strerror($0)) } ?? "libzip failed")
    }
}
