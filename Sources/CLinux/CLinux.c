#define _GNU_SOURCE
#include "CLinux.h"

#include <sys/statfs.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifndef SYS_renameat2
#error "renameat2(2) needs kernel headers of Linux 3.15 or later"
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
