#define _GNU_SOURCE
#include "CLinux.h"

#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/mman.h>
#include <sys/quota.h>
#include <sys/statfs.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifndef SYS_renameat2
#error "renameat2(2) needs kernel headers of Linux 3.15 or later"
#endif

#ifndef SYS_pidfd_open
#error "pidfd_open(2) needs kernel headers of Linux 5.3 or later"
#endif

#ifndef SYS_openat2
#error "openat2(2) needs kernel headers of Linux 5.6 or later"
#endif

#ifndef SYS_quotactl_fd
#error "quotactl_fd(2) needs kernel headers of Linux 5.14 or later"
#endif

int clinux_renameat2(
    int old_directory, const char *old_path, int new_directory, const char *new_path, unsigned int flags) {
    return (int)syscall(SYS_renameat2, old_directory, old_path, new_directory, new_path, flags);
}

int clinux_statfs_type(const char *path, long *type) {
    struct statfs status;
    if (statfs(path, &status) != 0) {
        return -1;
    }
    *type = (long)status.f_type;
    return 0;
}

static uint64_t left(uint64_t hard, uint64_t soft, uint64_t used) {
    uint64_t limit = hard != 0 ? hard : soft;
    if (limit == 0) {
        return UINT64_MAX;
    }
    return limit > used ? limit - used : 0;
}

int clinux_quota_left(int file, uint32_t user, uint64_t *bytes, uint64_t *inodes) {
    struct dqblk quota = {0};
    if (syscall(SYS_quotactl_fd, file, QCMD(Q_GETQUOTA, USRQUOTA), user, &quota) != 0) {
        return -1;
    }
    // Limits are in blocks of 1024 bytes, whatever the filesystem's are.
    uint64_t hard = quota.dqb_bhardlimit * 1024, soft = quota.dqb_bsoftlimit * 1024;
    *bytes = left(hard, soft, quota.dqb_curspace);
    *inodes = left(quota.dqb_ihardlimit, quota.dqb_isoftlimit, quota.dqb_curinodes);
    return 0;
}

int clinux_start_writeback(int file) {
    return sync_file_range(file, 0, 0, SYNC_FILE_RANGE_WRITE);
}

int clinux_pidfd_open(pid_t process) {
    return (int)syscall(SYS_pidfd_open, process, 0u);
}

int clinux_spawn_add_chdir(posix_spawn_file_actions_t *actions, const char *path) {
    return posix_spawn_file_actions_addchdir_np(actions, path);
}

int clinux_spawn_add_close_from(posix_spawn_file_actions_t *actions, int lowest) {
    return posix_spawn_file_actions_addclosefrom_np(actions, lowest);
}

int clinux_open_beneath(int directory, const char *path, int flags) {
    struct open_how how = {
        .flags = (unsigned)flags,
        .resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS,
    };
    return (int)syscall(SYS_openat2, directory, path, &how, sizeof how);
}

int clinux_memory_file(void) { return memfd_create("openloom", MFD_CLOEXEC); }
