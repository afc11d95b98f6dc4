/* A clock that is set by hand: what the program is told is so many seconds ahead as a file says, and so many more as its
 * own environment says. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

static const volatile long long *ahead;
static long long skew;
static int (*real_time)(clockid_t, struct timespec *);

__attribute__((constructor)) static void begin(void) {
    const char *file = getenv("COORD_TEST_CLOCK");
    const char *own = getenv("COORD_TEST_CLOCK_SKEW");
    int opened = file ? open(file, O_RDONLY) : -1;
    if (opened >= 0) {
        void *shared = mmap(NULL, sizeof *ahead, PROT_READ, MAP_SHARED, opened, 0);
        ahead = shared == MAP_FAILED ? NULL : shared;
        close(opened);
    }
    skew = own ? atoll(own) : 0;
}

int clock_gettime(clockid_t which, struct timespec *told) {
    if (!real_time)
        real_time = (int (*)(clockid_t, struct timespec *))dlsym(RTLD_NEXT, "clock_gettime");
    int failed = real_time(which, told);
    if (!failed && which == CLOCK_REALTIME)
        told->tv_sec += (ahead ? *ahead : 0) + skew;
    return failed;
}
