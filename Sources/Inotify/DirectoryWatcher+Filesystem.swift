package import SystemPackage

extension DirectoryWatcher {
    /// True when the file system reports all changes as events. False for file systems that other hosts, or programs
    /// in user space, change without this kernel's knowledge, and when the path can't be looked at: a timer is right
    /// everywhere.
    package static func eventsAreReliable(on path: FilePath) -> Bool {
        guard let type = try? Syscalls.fileSystemType(path) else { return false }
        return !typesWithoutEvents.contains(type)
    }

    /// `f_type` of statfs(2); the names are those of linux/magic.h where it has them.
    static let typesWithoutEvents: Set<UInt32> = [
        0x0000_6969,  // NFS_SUPER_MAGIC
        0x0000_517B,  // SMB_SUPER_MAGIC
        0xFF53_4D42,  // CIFS_SUPER_MAGIC
        0xFE53_4D42,  // SMB2_SUPER_MAGIC
        0x6573_5546,  // FUSE_SUPER_MAGIC: also GlusterFS, sshfs, virtiofs
        0x00C3_6400,  // CEPH_SUPER_MAGIC
        0x0102_1997,  // V9FS_MAGIC
        0x5346_414F,  // AFS_SUPER_MAGIC, OpenAFS
        0x6B41_4653,  // AFS_FS_MAGIC, the kernel's own
        0x7375_7245,  // CODA_SUPER_MAGIC
        0x7461_636F,  // OCFS2_SUPER_MAGIC
        0x0116_1970,  // GFS2
        0x0BD0_0BD0,  // Lustre
        0x4750_4653,  // GPFS
        0x786F_4256,  // VBOXSF_SUPER_MAGIC
        0xBACB_ACBC,  // VMware's shared folders
    ]
}
