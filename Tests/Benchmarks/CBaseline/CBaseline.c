#define _GNU_SOURCE
#include "CBaseline.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

struct job {
    const char *spool;
    int number;
    int count;
    struct cbaseline_sizes sizes;
    const char *bytes;
    int error;
};

// Leaves the file open, to be synced with the others.
static int write_file(const char *path, const char *bytes, size_t size) {
    int file = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (file < 0) return -1;
    if (write(file, bytes, size) != (ssize_t)size) return -1;
    return file;
}

// The first line of the log: looked up under a lock what the last number is.
static int append_log(const char *path, const char *bytes, size_t size) {
    struct stat status;
    char last[1];
    int file = open(path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    if (file < 0) return -1;
    if (flock(file, LOCK_EX) != 0 || fstat(file, &status) != 0) return -1;
    if (pread(file, last, 0, 0) < 0) return -1;
    if (write(file, bytes, size) != (ssize_t)size) return -1;
    return close(file);
}

static int sync_directory(const char *path) {
    int directory = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (directory < 0) return -1;
    if (fsync(directory) != 0) return -1;
    return close(directory);
}

// All are begun before the first is waited for, so that the filesystem commits once.
static int sync_together(const int *files, int count) {
    for (int i = 0; i < count; i++) sync_file_range(files[i], 0, 0, SYNC_FILE_RANGE_WRITE);
    for (int i = 0; i < count; i++)
        if (fsync(files[i]) != 0 || close(files[i]) != 0) return -1;
    return 0;
}

static int submit(const struct job *job, int index) {
    char building[PATH_MAX], path[PATH_MAX + 16], accepted[PATH_MAX];
    struct stat status;
    unsigned long salt;
    snprintf(path, sizeof path, "%s/closed", job->spool);
    if (lstat(path, &status) == 0) return -1;
    // Five characters of a name are five random numbers.
    for (int i = 0; i < 5; i++)
        if (getrandom(&salt, sizeof salt, 0) < 0) return -1;
    const char *name = "20260101T000000000";
    snprintf(building, sizeof building, "%s/tmp/%d.%s-%02d%06d-benchmark", job->spool, getpid(), name, job->number, index);
    snprintf(accepted, sizeof accepted, "%s/new/%s-%02d%06d-benchmark", job->spool, name, job->number, index);
    if (mkdir(building, 0700) != 0) return -1;
    snprintf(path, sizeof path, "%s/source.md", building);
    int files[3];
    if ((files[0] = write_file(path, job->bytes, job->sizes.source)) < 0) return -1;
    snprintf(path, sizeof path, "%s/task.json", building);
    if ((files[1] = write_file(path, job->bytes, job->sizes.spec)) < 0) return -1;
    snprintf(path, sizeof path, "%s/log.jsonl", building);
    if (append_log(path, job->bytes, job->sizes.log) != 0) return -1;
    if ((files[2] = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC)) < 0) return -1;
    if (sync_together(files, 3) != 0) return -1;
    if (sync_directory(building) != 0) return -1;
    if (renameat2(AT_FDCWD, building, AT_FDCWD, accepted, RENAME_NOREPLACE) != 0) return -1;
    snprintf(path, sizeof path, "%s/new", job->spool);
    if (sync_directory(path) != 0) return -1;
    snprintf(path, sizeof path, "%s/tmp", job->spool);
    return sync_directory(path);
}

static void *work(void *context) {
    struct job *job = context;
    for (int index = 0; index < job->count && job->error == 0; index++)
        if (submit(job, index) != 0) job->error = errno;
    return NULL;
}

static double now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

double cbaseline_submit(const char *spool, int threads, int count, struct cbaseline_sizes sizes) {
    enum { most = 64 };
    pthread_t ids[most];
    struct job jobs[most];
    if (threads < 1 || threads > most || count < 0) return errno = EINVAL, -1;
    size_t largest = sizes.source > sizes.spec ? sizes.source : sizes.spec;
    char *bytes = calloc(1, (largest > sizes.log ? largest : sizes.log) + 1);
    if (bytes == NULL) return -1;
    double begun = now();
    int started = 0, error = 0;
    while (started < threads && error == 0) {
        jobs[started] = (struct job){spool, started, count, sizes, bytes, 0};
        error = pthread_create(&ids[started], NULL, work, &jobs[started]);
        if (error == 0) started++;
    }
    for (int i = 0; i < started; i++) {
        pthread_join(ids[i], NULL);
        if (error == 0) error = jobs[i].error;
    }
    double seconds = now() - begun;
    free(bytes);
    return error == 0 ? seconds : (errno = error, -1);
}
