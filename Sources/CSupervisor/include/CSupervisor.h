// A process that starts a command, and outlives all that the command starts: whoever is left without a parent becomes its
// child (PR_SET_CHILD_SUBREAPER), in whatever session and with whatever environment, so that it can be found and killed.
//
// C, because it lives between fork and exec, where a program with threads may do nothing but system calls.

#pragma once

#include <sys/types.h>

/// Starts a command, with `output` for its standard output and its errors, /dev/null for its input, no other open file, and
/// a session of its own, under a supervisor, which is a child of the caller's.
///
/// The supervisor ends as the command does (the same status, the same signal), as soon as all that the command started has
/// been killed and is gone. SIGTERM has it kill the command as well, and so does the end of the calling process.
///
/// `supervisor` is to be waited for by the caller. The answer is 0, or the error number of what failed, of execve(2) too; then
/// there is no supervisor.
int csupervisor_start(
    const char *path, char *const arguments[], char *const environment[], const char *directory, int output,
    pid_t *supervisor);
