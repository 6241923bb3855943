/* Stands between a process and the kernel at every call that changes a folder: counts them, and dies at one of them, in
 * the middle of it, or says from then on that the disk is full. Seccomp turns each call into a signal first, so it does
 * not matter who makes it: Python, SQLite, or a library that calls the kernel without the C library. Linux only. */

#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <ucontext.h>
#include <unistd.h>

enum mode { COUNT, DIE_BEFORE, DIE_WITHIN, FULL };

static char folder[PATH_MAX];
static size_t folder_length;
static enum mode mode;
static long stop_at; /* 0: never */
static long changes, growths;
static int full;

/* A sixth argument that none of these calls has: the filter lets through what carries it. */
#define OURS 0x6461746c696e6521L
#define DIRECT(n, a) syscall(n, (a)[0], (a)[1], (a)[2], (a)[3], (a)[4], OURS)

static const int TRAPPED[] = {
    __NR_write, __NR_pwrite64, __NR_writev, __NR_pwritev, __NR_pwritev2, __NR_fsync, __NR_fdatasync, __NR_ftruncate,
    __NR_fallocate, __NR_renameat, __NR_renameat2, __NR_unlinkat, __NR_linkat, __NR_mkdirat, __NR_openat,
    __NR_statfs, __NR_fstatfs,
#ifdef __NR_open /* the older calls, which newer architectures have not */
    __NR_rename, __NR_unlink, __NR_link, __NR_mkdir, __NR_rmdir, __NR_open, __NR_creat,
#endif
};
#define TRAPPED_COUNT (sizeof TRAPPED / sizeof *TRAPPED)

static int inside(const char *path) {
    return strncmp(path, folder, folder_length) == 0 && (path[folder_length] == '/' || path[folder_length] == 0);
}

static int file_inside(int file) {
    char link[PATH_MAX], name[] = "/proc/self/fd/0000000000";
    char *end = name + sizeof "/proc/self/fd/" - 1;
    char digits[11];
    int count = 0;
    if (file < 0) return 0;
    do digits[count++] = '0' + file % 10; while ((file /= 10) > 0);
    while (count) *end++ = digits[--count];
    *end = 0;
    ssize_t length = readlink(name, link, sizeof link - 1);
    if (length < 0) return 0;
    link[length] = 0;
    return inside(link);
}

static int named_inside(long at, const char *path) {
    return path[0] == '/' ? inside(path) : file_inside((int)at);
}

static int makes_or_empties(long flags) { return (flags & (O_CREAT | O_TRUNC)) != 0; }

/* Whether a call changes the folder. */
static int counts(long number, const long *a) {
    switch (number) {
    case __NR_renameat: case __NR_renameat2: case __NR_linkat: return named_inside(a[2], (const char *)a[3]);
    case __NR_unlinkat: case __NR_mkdirat: return named_inside(a[0], (const char *)a[1]);
    case __NR_openat: return makes_or_empties(a[2]) && named_inside(a[0], (const char *)a[1]);
    case __NR_statfs: case __NR_fstatfs: return 0;
#ifdef __NR_open
    case __NR_rename: case __NR_link: return inside((const char *)a[1]);
    case __NR_unlink: case __NR_mkdir: case __NR_rmdir: case __NR_creat: return inside((const char *)a[0]);
    case __NR_open: return makes_or_empties(a[1]) && inside((const char *)a[0]);
#endif
    default: return file_inside((int)a[0]);
    }
}

/* Whether a call needs room on the disk. */
static int grows(long number, const long *a) {
    struct stat now;
    switch (number) {
    case __NR_write: case __NR_pwrite64: case __NR_writev: case __NR_pwritev: case __NR_pwritev2:
    case __NR_fallocate: case __NR_mkdirat: return 1;
    case __NR_ftruncate: return fstat((int)a[0], &now) == 0 && a[1] > now.st_size;
#ifdef __NR_open
    case __NR_mkdir: return 1;
#endif
    default: return 0;
    }
}

/* The first half of a write, or all of any other call. */
static long in_part(long number, const long *a) {
    long b[5] = {a[0], a[1], a[2], a[3], a[4]};
    if (number == __NR_write || number == __NR_pwrite64) b[2] /= 2;
    if (number == __NR_writev || number == __NR_pwritev || number == __NR_pwritev2) b[2] = (b[2] + 1) / 2;
    return DIRECT(number, b);
}

static void die(void) {
    kill(getpid(), SIGKILL);
    for (;;) pause();
}

static long short_of_room(long number, const long *a, long growth) {
    full = 1;
    if (growth == stop_at && (number == __NR_write || number == __NR_pwrite64) && a[2] > 1) return in_part(number, a);
    errno = ENOSPC;
    return -1;
}

static long told_of_room(long number, const long *a) {
    long result = DIRECT(number, a);
    struct statfs *room = (struct statfs *)a[1];
    if (result == 0 && full) room->f_bfree = room->f_bavail = 0;
    return result;
}

static long answer(long number, const long *a) {
    if (number == __NR_statfs || number == __NR_fstatfs) return told_of_room(number, a);
    if (!counts(number, a)) return DIRECT(number, a);
    long change = __atomic_add_fetch(&changes, 1, __ATOMIC_SEQ_CST);
    if (mode == DIE_BEFORE && change == stop_at) die();
    if (mode == DIE_WITHIN && change == stop_at) { in_part(number, a); die(); }
    if (grows(number, a)) {
        long growth = __atomic_add_fetch(&growths, 1, __ATOMIC_SEQ_CST);
        if (mode == FULL && growth >= stop_at) return short_of_room(number, a, growth);
    }
    return DIRECT(number, a);
}

#if defined(__x86_64__)
#define ARGUMENT(c, n) ((c)->uc_mcontext.gregs[(const int[]){REG_RDI, REG_RSI, REG_RDX, REG_R10, REG_R8}[n]])
#define RESULT(c) ((c)->uc_mcontext.gregs[REG_RAX])
#elif defined(__aarch64__)
#define ARGUMENT(c, n) ((c)->uc_mcontext.regs[n])
#define RESULT(c) ((c)->uc_mcontext.regs[0])
#endif

static void on_call(int signal, siginfo_t *what, void *context) {
    (void)signal;
    int before = errno;
    long arguments[5];
    for (int n = 0; n < 5; n++) arguments[n] = ARGUMENT((ucontext_t *)context, n);
    long result = answer(what->si_syscall, arguments);
    RESULT((ucontext_t *)context) = result < 0 ? -errno : result;
    errno = before;
}

static int filter_calls(void) {
    struct sock_filter program[TRAPPED_COUNT + 8];
    size_t n = 0;
#define LOAD(field) BPF_STMT(BPF_LD | BPF_W | BPF_ABS, (field))
#define EQUALS(value, yes, no) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)(value), yes, no)
#define ANSWER(value) BPF_STMT(BPF_RET | BPF_K, (value))
    const uint32_t sixth = offsetof(struct seccomp_data, args) + 5 * sizeof(uint64_t); /* little endian */
    program[n++] = (struct sock_filter)LOAD(sixth);
    program[n++] = (struct sock_filter)EQUALS(OURS & 0xffffffff, 0, 3);
    program[n++] = (struct sock_filter)LOAD(sixth + 4);
    program[n++] = (struct sock_filter)EQUALS((uint64_t)OURS >> 32, 0, 1);
    program[n++] = (struct sock_filter)ANSWER(SECCOMP_RET_ALLOW);
    program[n++] = (struct sock_filter)LOAD(offsetof(struct seccomp_data, nr));
    for (size_t i = 0; i < TRAPPED_COUNT; i++)
        program[n++] = (struct sock_filter)EQUALS(TRAPPED[i], TRAPPED_COUNT - i, 0);
    program[n++] = (struct sock_filter)ANSWER(SECCOMP_RET_ALLOW);
    program[n++] = (struct sock_filter)ANSWER(SECCOMP_RET_TRAP);
    struct sock_fprog filter = {(unsigned short)n, program};
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)) return -1;
    return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter);
}

/* Watch the calls of this process, and of the threads it starts from now on, that change what is under ``path``.
 * Cannot be undone. Returns 0, or -1 where the kernel does not allow it. */
int watch(const char *path) {
    struct sigaction action = {.sa_sigaction = on_call, .sa_flags = SA_SIGINFO | SA_NODEFER};
    strncpy(folder, path, sizeof folder - 1);
    folder_length = strlen(folder);
    if (sigaction(SIGSYS, &action, NULL)) return -1;
    return filter_calls();
}

/* From now on, count from 1 and stop in this way at call ``at``. */
void stop(int how, long at) {
    full = 0;
    changes = growths = 0;
    mode = (enum mode)how;
    stop_at = at;
}

long counted(int growing) { return growing ? growths : changes; }
