#define _GNU_SOURCE
#include "CSupervisor.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

// Where the supervisor keeps what it needs.
enum { report_file = 3, caller_file = 4, first_unused_file = 5 };

// How long processes that can't be killed (of another user, or stuck in the kernel) are waited for.
enum { patience_seconds = 5, look_milliseconds = 10 };

static void report(int error) {
    ssize_t written = write(report_file, &error, sizeof error);
    (void)written;
    _exit(127);
}

static long now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (long)time.tv_sec;
}

// `/proc/self/task/PID/children` of this process, which has one thread. -1 where the kernel has no such file.
static int open_children(void) {
    char path[64] = "/proc/self/task/";
    char digits[16];
    int count = 0, end = 16;
    for (pid_t rest = getpid(); rest > 0; rest /= 10) {
        digits[count++] = (char)('0' + rest % 10);
    }
    while (count > 0) {
        path[end++] = digits[--count];
    }
    for (const char *name = "/children"; *name != 0; name++) {
        path[end++] = *name;
    }
    return open(path, O_RDONLY | O_CLOEXEC);
}

// Kills all children; theirs become ours when they are gone. 0 where children can't be listed.
static int kill_children(void) {
    int file = open_children();
    if (file < 0) {
        return 0;
    }
    char buffer[4096];
    pid_t child = 0;
    ssize_t count;
    while ((count = read(file, buffer, sizeof buffer)) > 0) {
        for (ssize_t place = 0; place < count; place++) {
            if (buffer[place] >= '0' && buffer[place] <= '9') {
                child = child * 10 + (buffer[place] - '0');
            } else if (child > 0) {
                kill(child, SIGKILL);
                child = 0;
            }
        }
    }
    if (child > 0) {
        kill(child, SIGKILL);
    }
    close(file);
    return 1;
}

// Ends this process as that one ended.
static _Noreturn void end_as(int status) {
    if (WIFSIGNALED(status)) {
        struct rlimit none = {0, 0};
        setrlimit(RLIMIT_CORE, &none);
        sigset_t set;
        sigemptyset(&set);
        sigaddset(&set, WTERMSIG(status));
        kill(getpid(), WTERMSIG(status));
        sigprocmask(SIG_UNBLOCK, &set, NULL);
    }
    _exit(WIFEXITED(status) ? WEXITSTATUS(status) : 127);
}

// Signals that the supervisor, in which all are blocked, is told of by a descriptor.
static int open_signals(void) {
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGCHLD);
    sigaddset(&set, SIGTERM);
    return signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

static _Noreturn void watch(pid_t command, int signals) {
    struct pollfd files[2] = {
        {.fd = signals, .events = POLLIN},
        {.fd = caller_file, .events = POLLIN},
    };
    int status = SIGKILL, is_over = 0;
    long deadline = 0;
    for (;;) {
        pid_t child;
        int found;
        while ((child = waitpid(-1, &found, WNOHANG | __WALL)) > 0) {
            if (child == command) {
                status = found;
                is_over = 1;
            }
        }
        if (child < 0 && errno == ECHILD) {
            end_as(status);
        }
        if (is_over) {
            if (deadline == 0) {
                deadline = now() + patience_seconds;
            }
            if (!kill_children() || now() > deadline) {
                kill(command, SIGKILL);
                end_as(status);
            }
        }
        poll(files, 2, is_over ? look_milliseconds : -1);
        struct signalfd_siginfo signal;
        while (read(files[0].fd, &signal, sizeof signal) == sizeof signal) {
            is_over |= signal.ssi_signo == SIGTERM;
        }
        is_over |= files[1].revents != 0;
    }
}

static _Noreturn void supervise(
    const char *path, char *const arguments[], char *const environment[], const char *directory, const int files[3]) {
    for (int number = 1; number < NSIG; number++) {
        signal(number, SIG_DFL);
    }
    setsid();
    // Out of the way of the numbers that they are to have.
    int high[3];
    for (int index = 0; index < 3; index++) {
        high[index] = fcntl(files[index], F_DUPFD_CLOEXEC, 16);
    }
    if (dup3(high[0], report_file, O_CLOEXEC) < 0) {
        _exit(127);
    }
    // It may be given any of the numbers below, too.
    int null = open("/dev/null", O_RDONLY | O_CLOEXEC);
    int input = null < 0 ? -1 : fcntl(null, F_DUPFD_CLOEXEC, 16);
    if (input < 0 || dup3(high[1], caller_file, O_CLOEXEC) < 0 || dup2(high[2], STDOUT_FILENO) < 0
        || dup2(high[2], STDERR_FILENO) < 0 || dup2(input, STDIN_FILENO) < 0) {
        report(errno);
    }
    if (close_range(first_unused_file, ~0u, 0) != 0 || chdir(directory) != 0
        || prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) != 0) {
        report(errno);
    }
    // Before there is a command that could be lost sight of.
    int signals = open_signals();
    if (signals < 0) {
        report(errno);
    }
    prctl(PR_SET_NAME, "openloom-check", 0, 0, 0);
    pid_t command = _Fork();
    if (command < 0) {
        report(errno);
    }
    if (command == 0) {
        setsid();
        sigset_t none;
        sigemptyset(&none);
        sigprocmask(SIG_SETMASK, &none, NULL);
        execve(path, arguments, environment);
        report(errno);
    }
    // The command's output ends with its processes, not with this one.
    for (int file = STDIN_FILENO; file <= report_file; file++) {
        close(file);
    }
    watch(command, signals);
}

int csupervisor_start(
    const char *path, char *const arguments[], char *const environment[], const char *directory, int output,
    pid_t *supervisor) {
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0) {
        return errno;
    }
    int caller = (int)syscall(SYS_pidfd_open, getpid(), 0u);
    int error = caller < 0 ? errno : 0;
    if (error == 0) {
        // No handler of ours may run in the child.
        sigset_t all, old;
        sigfillset(&all);
        pthread_sigmask(SIG_SETMASK, &all, &old);
        pid_t child = _Fork();
        if (child == 0) {
            supervise(path, arguments, environment, directory, (const int[3]){ends[1], caller, output});
        }
        error = child < 0 ? errno : 0;
        pthread_sigmask(SIG_SETMASK, &old, NULL);
        close(caller);
        *supervisor = child;
    }
    close(ends[1]);
    if (error == 0) {
        ssize_t count;
        do {
            count = read(ends[0], &error, sizeof error);
        } while (count < 0 && errno == EINTR);
        if (count != sizeof error) {
            error = 0;
        }
        if (error != 0) {
            // Gone, or about to be.
            while (waitpid(*supervisor, NULL, 0) < 0 && errno == EINTR) {
            }
        }
    }
    close(ends[0]);
    return error;
}
