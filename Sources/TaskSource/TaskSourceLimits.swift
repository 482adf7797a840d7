package import YAML

/// How much of a dropped file is read before we give up on it.
package struct TaskSourceLimits: Sendable, Hashable {
    /// Size of a file; also of the goal that comes out of it.
    package var fileBytes: Int
    package var docxEntries: Int
    /// All entries of a document together, as they say themselves and as they turn out.
    package var docxUnpackedBytes: Int
    /// Unpacked size by size of the file.
    package var docxRatio: Int
    package var yaml: YAMLLimits

    package init(
        fileBytes: Int = 10 << 20, docxEntries: Int = 100, docxUnpackedBytes: Int = 50 << 20, docxRatio: Int = 100,
        yaml: YAMLLimits = YAMLLimits()
    ) {
        self.fileBytes = fileBytes
        self.docxEntries = docxEntries
        self.docxUnpackedBytes = docxUnpackedBytes
        self.docxRatio = docxRatio
        self.yaml = yaml
    }
}
