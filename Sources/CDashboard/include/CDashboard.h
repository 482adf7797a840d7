#ifndef CDASHBOARD_H
#define CDASHBOARD_H

#include <stddef.h>

/// A file of the dashboard, as it was when this was compiled.
typedef struct {
    const char *name;
    const unsigned char *bytes;
    size_t count;
} cdashboard_file;

/// How many there are.
size_t cdashboard_count(void);

/// One of them, by its place from 0; NULL beyond the last.
const cdashboard_file *cdashboard_at(size_t place);

#endif
