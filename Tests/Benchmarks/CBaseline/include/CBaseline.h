// The yardstick: a submission with the system calls of `SpoolDirectory.submit`, and nothing else.

#pragma once

#include <stddef.h>

/// Bytes of the three files that a submission writes.
struct cbaseline_sizes {
    size_t source;
    size_t spec;
    size_t log;
};

/// Submits `count` tasks on each of `threads` threads to the spool at that path, which exists.
///
/// Returns the seconds from the first call to the end of the last, or -1 with errno when a system call failed.
double cbaseline_submit(const char *spool, int threads, int count, struct cbaseline_sizes sizes);
