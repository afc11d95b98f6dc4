/*
 * Runs a program with everything that it starts, numbers every system call by which that family changes a file below a
 * directory, in the one order in which they begin, writes them down, and makes one of them fail.
 *
 *   tracer ROOT LOG FAULT POINT PROGRAM [ARGUMENT]...
 *
 * FAULT: `none`; `kill` (the whole family, before the call); `kill-first` (the program alone, what it has started goes on);
 * the number of an error; `-` and the number of an error: this call and every later one that takes room; `short`: half of a
 * write is done, and the caller told so; `full`: half of a write is done, and everything that takes room fails from then on.
 *
 * LOG gets a line for each call, fields parted by tabs, in the order in which the calls ended:
 *   point, process, name, result, offset (-1: at the end), path, second path or data, in hexadecimal
 *
 * It uses seccomp and ptrace, so that calls which go round the C library are seen as well.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

#define PATH_SIZE 8192
#define TASKS_MAX 4096

enum kind { OPEN, WRITE, WRITEV, FD, PATH, PATH2, SYMLINK, ALL, MAP, COPY, COPY_TO, OPEN_HOW };

/* A call that changes files: which arguments name them. An argument of -1 is not there. */
static const struct call {
    int number;
    const char *name;
    enum kind kind;
    int directory, path, directory2, path2, flags;
    bool takes_room;
} CALLS[] = {
    {SYS_open, "open", OPEN, -1, 0, -1, -1, 1, true},
    {SYS_creat, "open", OPEN, -1, 0, -1, -1, -1, true},
    {SYS_openat, "open", OPEN, 0, 1, -1, -1, 2, true},
    {SYS_write, "write", WRITE, -1, -1, -1, -1, -1, true},
    {SYS_pwrite64, "pwrite", WRITE, -1, -1, -1, -1, -1, true},
    {SYS_writev, "writev", WRITEV, -1, -1, -1, -1, -1, true},
    {SYS_rename, "rename", PATH2, -1, 0, -1, 1, -1, true},
    {SYS_renameat, "rename", PATH2, 0, 1, 2, 3, -1, true},
    {SYS_renameat2, "rename", PATH2, 0, 1, 2, 3, -1, true},
    {SYS_link, "link", PATH2, -1, 0, -1, 1, -1, true},
    {SYS_linkat, "link", PATH2, 0, 1, 2, 3, -1, true},
    {SYS_symlink, "symlink", SYMLINK, -1, 1, -1, 0, -1, true},
    {SYS_symlinkat, "symlink", SYMLINK, 1, 2, -1, 0, -1, true},
    {SYS_unlink, "unlink", PATH, -1, 0, -1, -1, -1, false},
    {SYS_unlinkat, "unlink", PATH, 0, 1, -1, -1, 2, false},
    {SYS_rmdir, "rmdir", PATH, -1, 0, -1, -1, -1, false},
    {SYS_mkdir, "mkdir", PATH, -1, 0, -1, -1, -1, true},
    {SYS_mkdirat, "mkdir", PATH, 0, 1, -1, -1, -1, true},
    {SYS_truncate, "truncate", PATH, -1, 0, -1, -1, -1, true},
    {SYS_ftruncate, "ftruncate", FD, -1, -1, -1, -1, -1, true},
    {SYS_fallocate, "fallocate", FD, -1, -1, -1, -1, -1, true},
    {SYS_chmod, "chmod", PATH, -1, 0, -1, -1, -1, false},
    {SYS_fchmodat, "chmod", PATH, 0, 1, -1, -1, -1, false},
    {SYS_fchmod, "fchmod", FD, -1, -1, -1, -1, -1, false},
    {SYS_fsync, "fsync", FD, -1, -1, -1, -1, -1, false},
    {SYS_fdatasync, "fdatasync", FD, -1, -1, -1, -1, -1, false},
    {SYS_sync_file_range, "sync_file_range", FD, -1, -1, -1, -1, -1, false},
    {SYS_syncfs, "syncfs", FD, -1, -1, -1, -1, -1, false},
    {SYS_sync, "sync", ALL, -1, -1, -1, -1, -1, false},
    /* What would need more than is done here; nothing is known to use it, and the reader of the log fails where it comes. */
    {SYS_mmap, "mmap", MAP, -1, -1, -1, -1, -1, false},
    {SYS_pwritev, "pwritev", COPY, -1, -1, -1, -1, -1, true},
    {SYS_pwritev2, "pwritev2", COPY, -1, -1, -1, -1, -1, true},
    {SYS_copy_file_range, "copy_file_range", COPY_TO, -1, -1, -1, -1, -1, true},
    {SYS_splice, "splice", COPY_TO, -1, -1, -1, -1, -1, true},
    {SYS_sendfile, "sendfile", COPY, -1, -1, -1, -1, -1, true},
    {SYS_openat2, "openat2", OPEN_HOW, 0, 1, -1, -1, 2, true},
};
#define CALLS_COUNT (sizeof(CALLS) / sizeof(CALLS[0]))

/* What is known of a call that has begun and not ended. */
struct task {
    pid_t id;
    bool is_pending, is_failed;
    const struct call *call;
    long point;
    long long offset;
    char path[PATH_SIZE];
    char path2[PATH_SIZE];
    char *data;
    size_t size;
};

static struct task tasks[TASKS_MAX];
static int task_count;
static char root[PATH_SIZE];
static FILE *log_file;
static long points;
static bool is_full;
static const char *fault;
static long fault_point;
static pid_t first;

static void die(const char *what) {
    perror(what);
    exit(120);
}

static struct task *task_of(pid_t id) {
    for (int i = 0; i < task_count; i++)
        if (tasks[i].id == id) return &tasks[i];
    if (task_count == TASKS_MAX) {
        errno = ENOMEM;
        die("tracer: tasks");
    }
    struct task *task = &tasks[task_count++];
    memset(task, 0, sizeof *task);
    task->id = id;
    return task;
}

static void forget(pid_t id) {
    for (int i = 0; i < task_count; i++)
        if (tasks[i].id == id) {
            free(tasks[i].data);
            tasks[i] = tasks[--task_count];
            return;
        }
}

static bool peek(pid_t id, unsigned long from, void *to, size_t size) {
    struct iovec here = {to, size}, there = {(void *)from, size};
    return process_vm_readv(id, &here, 1, &there, 1, 0) == (ssize_t)size;
}

/* Strings may end just before a page that is not there. */
static bool peek_string(pid_t id, unsigned long from, char *to) {
    size_t done = 0;
    while (done < PATH_SIZE - 1) {
        size_t step = 4096 - (from + done) % 4096;
        if (step > PATH_SIZE - 1 - done) step = PATH_SIZE - 1 - done;
        if (!peek(id, from + done, to + done, step)) return false;
        if (memchr(to + done, 0, step)) return true;
        done += step;
    }
    return false;
}

static bool link_of(const char *path, char *to) {
    ssize_t size = readlink(path, to, PATH_SIZE - 1);
    if (size < 0) return false;
    to[size] = 0;
    return true;
}

static bool path_of_fd(pid_t id, long fd, char *to) {
    char link[64];
    snprintf(link, sizeof link, "/proc/%d/fd/%ld", id, fd);
    return link_of(link, to);
}

/* Makes a path absolute and free of dots. Links are not followed: the tests name no file through one. */
static bool absolute(pid_t id, long directory, unsigned long at, char *to) {
    static char given[PATH_SIZE], whole[2 * PATH_SIZE];
    if (!peek_string(id, at, given)) return false;
    whole[0] = 0;
    if (given[0] != '/') {
        char link[64];
        if ((int)directory == AT_FDCWD)
            snprintf(link, sizeof link, "/proc/%d/cwd", id);
        else
            snprintf(link, sizeof link, "/proc/%d/fd/%d", id, (int)directory);
        if (!link_of(link, whole)) return false;
    }
    strcat(whole, "/");
    strcat(whole, given);
    size_t size = 0;
    for (char *rest = whole, *part; (part = strsep(&rest, "/"));) {
        if (!*part || !strcmp(part, ".")) continue;
        if (!strcmp(part, "..")) {
            while (size && to[--size] != '/') {}
            continue;
        }
        size += snprintf(to + size, PATH_SIZE - size, "/%s", part);
    }
    to[size] = 0;
    return true;
}

static bool is_ours(const char *path) {
    size_t size = strlen(root);
    return !strncmp(path, root, size) && (path[size] == '/' || !path[size]);
}

/* Where a write goes: -1 is the end of the file. */
static long long offset_of(pid_t id, long fd) {
    char name[64], line[256];
    snprintf(name, sizeof name, "/proc/%d/fdinfo/%ld", id, fd);
    FILE *file = fopen(name, "r");
    long long at = 0;
    unsigned flags = 0;
    while (file && fgets(line, sizeof line, file)) {
        sscanf(line, "pos: %lld", &at);
        sscanf(line, "flags: %o", &flags);
    }
    if (file) fclose(file);
    return flags & O_APPEND ? -1 : at;
}

static void put_hex(const char *data, size_t size) {
    static const char DIGITS[] = "0123456789abcdef";
    for (size_t i = 0; i < size; i++) {
        putc(DIGITS[(unsigned char)data[i] >> 4], log_file);
        putc(DIGITS[data[i] & 15], log_file);
    }
}

static void put(struct task *task, long result) {
    fprintf(log_file, "%ld\t%d\t%s\t%ld\t%lld\t", task->point, task->id, task->call->name, result, task->offset);
    put_hex(task->path, strlen(task->path));
    putc('\t', log_file);
    if (task->data)
        put_hex(task->data, result < 0 ? 0 : (size_t)result < task->size ? (size_t)result : task->size);
    else
        put_hex(task->path2, strlen(task->path2));
    putc('\n', log_file);
    fflush(log_file);
    free(task->data);
    task->data = NULL;
}

static unsigned long argument(const struct user_regs_struct *registers, int number) {
    switch (number) {
    case 0: return registers->rdi;
    case 1: return registers->rsi;
    case 2: return registers->rdx;
    case 3: return registers->r10;
    case 4: return registers->r8;
    default: return registers->r9;
    }
}

/* Reads what a call is about. Returns whether it changes something below the root. */
static bool examine(struct task *task, struct user_regs_struct *registers) {
    const struct call *call = task->call;
    pid_t id = task->id;
    task->path[0] = task->path2[0] = 0;
    task->offset = 0;
    switch (call->kind) {
    case OPEN: {
        long flags = call->flags < 0 ? O_CREAT | O_WRONLY | O_TRUNC : (long)argument(registers, call->flags);
        long directory = call->directory < 0 ? AT_FDCWD : (long)argument(registers, call->directory);
        if (!absolute(id, directory, argument(registers, call->path), task->path)) return false;
        task->offset = flags;
        return is_ours(task->path);
    }
    case WRITE:
    case WRITEV: {
        if (!path_of_fd(id, registers->rdi, task->path) || !is_ours(task->path)) return false;
        task->offset = call->number == SYS_pwrite64 ? (long long)registers->r10 : offset_of(id, registers->rdi);
        if (call->kind == WRITE) {
            task->size = registers->rdx;
            task->data = malloc(task->size + 1);
            if (!peek(id, registers->rsi, task->data, task->size)) task->size = 0;
            return true;
        }
        struct iovec parts[64];
        size_t count = registers->rdx < 64 ? registers->rdx : 64;
        if (!peek(id, registers->rsi, parts, count * sizeof parts[0])) return true;
        task->size = 0;
        for (size_t i = 0; i < count; i++) task->size += parts[i].iov_len;
        task->data = malloc(task->size + 1);
        for (size_t i = 0, at = 0; i < count; at += parts[i++].iov_len)
            peek(id, (unsigned long)parts[i].iov_base, task->data + at, parts[i].iov_len);
        return true;
    }
    case FD:
    case COPY:
        task->offset = registers->rsi;
        return path_of_fd(id, registers->rdi, task->path) && is_ours(task->path);
    case COPY_TO:
        return path_of_fd(id, registers->rdx, task->path) && is_ours(task->path);
    case OPEN_HOW: {
        uint64_t flags;
        if (!absolute(id, (long)registers->rdi, registers->rsi, task->path)) return false;
        if (!peek(id, registers->rdx, &flags, sizeof flags)) return false;
        return flags & (O_WRONLY | O_RDWR | O_CREAT | O_TRUNC) && is_ours(task->path);
    }
    case MAP:
        return path_of_fd(id, registers->r8, task->path) && is_ours(task->path);
    case PATH:
    case PATH2:
    case SYMLINK: {
        long directory = call->directory < 0 ? AT_FDCWD : (long)argument(registers, call->directory);
        if (!absolute(id, directory, argument(registers, call->path), task->path)) return false;
        if (call->number == SYS_truncate) task->offset = registers->rsi;
        if (call->number == SYS_unlinkat) task->offset = registers->rdx;
        if (call->kind == SYMLINK) peek_string(id, argument(registers, call->path2), task->path2);
        if (call->kind == PATH2) {
            directory = call->directory2 < 0 ? AT_FDCWD : (long)argument(registers, call->directory2);
            if (!absolute(id, directory, argument(registers, call->path2), task->path2)) return false;
            return is_ours(task->path) || is_ours(task->path2);
        }
        return is_ours(task->path);
    }
    case ALL:
        return true;
    }
    return false;
}

static void kill_family(void) {
    for (int i = 0; i < task_count; i++) kill(tasks[i].id, SIGKILL);
}

/* Has the call fail without being made: what was not made ends at once, with this result. */
static void refuse(pid_t id, struct user_regs_struct *registers, long error) {
    registers->orig_rax = -1;
    registers->rax = -error;
    ptrace(PTRACE_SETREGS, id, 0, registers);
}

/* Does at a point what the fault says. Returns the error with which the call fails, or 0. */
static long strike(struct task *task, struct user_regs_struct *registers) {
    bool is_here = task->point == fault_point;
    bool is_number = fault[0] == '-' || (fault[0] >= '0' && fault[0] <= '9');
    if (is_full && task->call->takes_room) return fault[0] == '-' ? atol(fault + 1) : ENOSPC;
    if (!is_here) return 0;
    if (!strcmp(fault, "kill")) kill_family();
    if (!strcmp(fault, "kill-first")) kill(first, SIGKILL);
    if (fault[0] == '-') is_full = true;
    if (is_number) return atol(fault[0] == '-' ? fault + 1 : fault);
    if (!strcmp(fault, "short") || !strcmp(fault, "full")) {
        is_full = !strcmp(fault, "full");
        if (task->call->kind == WRITE && registers->rdx > 1) {
            registers->rdx /= 2;
            ptrace(PTRACE_SETREGS, task->id, 0, registers);
        } else if (task->call->kind == WRITEV && registers->rdx > 1) {
            registers->rdx = 1;
            ptrace(PTRACE_SETREGS, task->id, 0, registers);
        } else if (is_full && task->call->takes_room) {
            return ENOSPC;
        }
    }
    return 0;
}

static void begin(pid_t id) {
    struct user_regs_struct registers;
    if (ptrace(PTRACE_GETREGS, id, 0, &registers) < 0) return;
    struct task *task = task_of(id);
    task->call = NULL;
    for (size_t i = 0; i < CALLS_COUNT; i++)
        if (CALLS[i].number == (int)registers.orig_rax) task->call = &CALLS[i];
    if (!task->call || !examine(task, &registers)) {
        free(task->data);
        task->data = NULL;
        ptrace(PTRACE_CONT, id, 0, 0);
        return;
    }
    task->point = ++points;
    long error = strike(task, &registers);
    if (task->point == fault_point) {
        /* Who was hit, and at what, whether or not the call comes to an end. */
        char name[64], words[1024];
        snprintf(name, sizeof name, "/proc/%d/cmdline", id);
        int file = open(name, O_RDONLY);
        ssize_t size = file < 0 ? 0 : read(file, words, sizeof words);
        if (file >= 0) close(file);
        fprintf(log_file, "HIT\t%d\t%s\t0\t0\t", id, task->call->name);
        put_hex(task->path, strlen(task->path));
        putc('\t', log_file);
        put_hex(words, size > 0 ? size : 0);
        putc('\n', log_file);
        fflush(log_file);
    }
    if (error) {
        refuse(id, &registers, error);
        put(task, -error);
        ptrace(PTRACE_CONT, id, 0, 0);
        return;
    }
    task->is_pending = true;
    ptrace(PTRACE_SYSCALL, id, 0, 0);
}

static void end(pid_t id) {
    struct task *task = task_of(id);
    struct user_regs_struct registers;
    if (task->is_pending && ptrace(PTRACE_GETREGS, id, 0, &registers) == 0) put(task, (long)registers.rax);
    task->is_pending = false;
    ptrace(PTRACE_CONT, id, 0, 0);
}

/* Stops at the calls of the table; at opening only where something is written, at mapping only where the file is. */
static void filter(void) {
    struct sock_filter program[256];
    int size = 0;
#define STATEMENT(code, k) program[size++] = (struct sock_filter)BPF_STMT(code, k)
#define JUMP(code, k, yes, no) program[size++] = (struct sock_filter)BPF_JUMP(code, k, yes, no)
#define ARGUMENT(number) (offsetof(struct seccomp_data, args) + 8 * (number))
    STATEMENT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr));
    for (size_t i = 0; i < CALLS_COUNT; i++) {
        int flags = CALLS[i].kind == MAP ? 3 : CALLS[i].flags;
        bool is_conditional = (CALLS[i].kind == OPEN || CALLS[i].kind == MAP) && flags >= 0;
        if (!is_conditional) {
            JUMP(BPF_JMP | BPF_JEQ | BPF_K, (unsigned)CALLS[i].number, 0, 1);
            STATEMENT(BPF_RET | BPF_K, SECCOMP_RET_TRACE);
        } else if (CALLS[i].kind == OPEN) {
            JUMP(BPF_JMP | BPF_JEQ | BPF_K, (unsigned)CALLS[i].number, 0, 4);
            STATEMENT(BPF_LD | BPF_W | BPF_ABS, ARGUMENT(flags));
            JUMP(BPF_JMP | BPF_JSET | BPF_K, O_WRONLY | O_RDWR | O_CREAT | O_TRUNC, 0, 1);
            STATEMENT(BPF_RET | BPF_K, SECCOMP_RET_TRACE);
            STATEMENT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
        } else {
            JUMP(BPF_JMP | BPF_JEQ | BPF_K, (unsigned)CALLS[i].number, 0, 6);
            STATEMENT(BPF_LD | BPF_W | BPF_ABS, ARGUMENT(3));
            JUMP(BPF_JMP | BPF_JSET | BPF_K, MAP_SHARED, 0, 3);
            STATEMENT(BPF_LD | BPF_W | BPF_ABS, ARGUMENT(2));
            JUMP(BPF_JMP | BPF_JSET | BPF_K, PROT_WRITE, 0, 1);
            STATEMENT(BPF_RET | BPF_K, SECCOMP_RET_TRACE);
            STATEMENT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
        }
    }
    STATEMENT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
    struct sock_fprog whole = {.len = (unsigned short)size, .filter = program};
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)) die("tracer: no_new_privs");
    if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &whole)) die("tracer: seccomp");
}

static int follow(void) {
    int code = 121;
    for (;;) {
        int status;
        pid_t id = waitpid(-1, &status, __WALL);
        if (id < 0) {
            if (errno == EINTR) continue;
            return code;
        }
        if (WIFEXITED(status) || WIFSIGNALED(status)) {
            if (id == first) code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
            forget(id);
            continue;
        }
        task_of(id);
        int number = WSTOPSIG(status), event = status >> 16;
        if (event == PTRACE_EVENT_SECCOMP) {
            begin(id);
        } else if (event == PTRACE_EVENT_STOP && number != SIGTRAP) {
            ptrace(PTRACE_LISTEN, id, 0, 0);
        } else if (event) {
            ptrace(PTRACE_CONT, id, 0, 0);
        } else if (number == (SIGTRAP | 0x80)) {
            end(id);
        } else {
            ptrace(PTRACE_CONT, id, 0, number);
        }
    }
}

int main(int count, char **words) {
    if (count < 6) {
        fprintf(stderr, "usage: tracer ROOT LOG FAULT POINT PROGRAM [ARGUMENT]...\n");
        return 120;
    }
    if (!realpath(words[1], root)) die(words[1]);
    log_file = fopen(words[2], "we");
    if (!log_file) die(words[2]);
    fault = words[3];
    fault_point = atol(words[4]);
    int gate[2];
    if (pipe2(gate, O_CLOEXEC)) die("tracer: pipe");
    first = fork();
    if (first < 0) die("tracer: fork");
    if (!first) {
        char go;
        close(gate[1]);
        if (read(gate[0], &go, 1) != 1) _exit(120);
        filter();
        execvp(words[5], words + 5);
        die(words[5]);
    }
    long options = PTRACE_O_TRACESECCOMP | PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK | PTRACE_O_TRACECLONE |
                   PTRACE_O_TRACESYSGOOD | PTRACE_O_EXITKILL | PTRACE_O_TRACEEXEC;
    if (ptrace(PTRACE_SEIZE, first, 0, options)) die("tracer: seize");
    task_of(first);
    if (write(gate[1], "x", 1) != 1) die("tracer: start");
    close(gate[0]);
    close(gate[1]);
    int code = follow();
    fclose(log_file);
    return code;
}
