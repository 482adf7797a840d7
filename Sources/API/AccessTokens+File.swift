import PrivateFile
package import SystemPackage

extension AccessTokens {
    private static let largestFile = 64 << 10

    /// Reads the file that `server.token_file` names: ours, and nobody else's to read or change.
    package init(reading path: FilePath) throws(AccessTokensError) {
        let bytes: [UInt8]
        do throws(PrivateFileError) {
            bytes = try PrivateFile.read(path, limit: Self.largestFile)
        } catch {
            switch error {
            case .missing:
                throw AccessTokensError(
                    "\(path) is not there; make it with: (umask 077; openssl rand -hex 32 > \(path))")
            case .unusable(let why): throw AccessTokensError(why)
            }
        }
        do throws(AccessTokensError) {
            try self.init(parsing: bytes)
        } catch {
            throw AccessTokensError("\(path) \(error.message)")
        }
    }
}
