// What Swift's Glibc module hides or cannot express. Each function is one call of the kernel or the C library,
// does no work of its own, and reports as that call does: -1 and errno.

#pragma once

// eventfd(2): the C library's header is complete, but not part of the Glibc module; used from Swift as it is.
#include <sys/eventfd.h>

// timerfd_create(2): likewise.
#include <sys/timerfd.h>

// adjtimex(2): likewise.
#include <sys/timex.h>

#include <spawn.h>
#include <stdint.h>
#include <sys/types.h>

/// Flags of ``clinux_renameat2``. The values are the kernel's interface and do not change.
#define CLINUX_RENAME_NOREPLACE 1u
#define CLINUX_RENAME_EXCHANGE 2u

/// renameat2(2). Steps around: glibc declares it only under _GNU_SOURCE, which the Glibc module does not set, and
/// syscall(2) is variadic, which Swift cannot call.
int clinux_renameat2(
    int old_directory, const char *old_path, int new_directory, const char *new_path, unsigned int flags);

/// The `f_type` of statfs(2). Steps around: <sys/statfs.h> is not part of the Glibc module; statvfs(3), which is,
/// leaves the type out.
int clinux_statfs_type(const char *path, long *type);

/// quotactl_fd(2) with Q_GETQUOTA for a user: what is left on the filesystem of an open file, until the hard limit, or the
/// soft one where there is no hard one; UINT64_MAX where nothing limits it. ENOSYS before Linux 5.14; other errors where
/// the filesystem keeps no quota. Steps around: the C library has no function for it.
int clinux_quota_left(int file, uint32_t user, uint64_t *bytes, uint64_t *inodes);

/// sync_file_range(2) of the whole file with SYNC_FILE_RANGE_WRITE: writing begins, nothing is waited for. Steps around:
/// glibc declares it only under _GNU_SOURCE.
int clinux_start_writeback(int file);

/// pidfd_open(2), without flags. Steps around: glibc has it since 2.36 only, in a header outside the Glibc module.
int clinux_pidfd_open(pid_t process);

/// The flag of posix_spawn(3) that makes the child lead a session and a process group of its own. Steps around: glibc
/// shows it only under _GNU_SOURCE; the value is part of its binary interface.
#define CLINUX_SPAWN_SETSID 0x80

/// posix_spawn_file_actions_addchdir_np(3) and posix_spawn_file_actions_addclosefrom_np(3). Steps around: glibc
/// declares them only under _GNU_SOURCE. These two return an error number, not -1.
int clinux_spawn_add_chdir(posix_spawn_file_actions_t *actions, const char *path);
int clinux_spawn_add_close_from(posix_spawn_file_actions_t *actions, int lowest);

/// memfd_create(2) with MFD_CLOEXEC: a file without a name, in memory. Steps around: glibc declares it only under
/// _GNU_SOURCE.
int clinux_memory_file(void);

/// openat2(2) with RESOLVE_BENEATH, RESOLVE_NO_SYMLINKS and RESOLVE_NO_MAGICLINKS: a path of several components that
/// neither leaves the directory nor follows a symbolic link. ENOSYS before Linux 5.6. Steps around: the C library has
/// no function for it.
int clinux_open_beneath(int directory, const char *path, int flags);
