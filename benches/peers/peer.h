// What the peers written in C share: the cases on standard input, noise, and the median of many runs.
//
// A peer opens with lines that say how it is built and run:
//   // packages: NAMES    of pkg-config
//   // libraries: NAMES   that have no package for it
//   // run: ARGUMENTS     one line for each way that it is run; none for once without arguments
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

typedef struct {
    char name[256], from[32], to[32];
    int width, height, new_width, new_height;
} Case;

typedef struct {
    uint8_t *data[4];
    int stride[4], rows[4], planes;
} Picture;

// The next case of pictures; 0 at the end.
static inline int next_case(Case *c) {
    while (fgets(c->name, sizeof c->name, stdin)) {
        c->name[strcspn(c->name, "\n")] = 0;
        if (sscanf(c->name, "%31s %dx%d to %31s %dx%d", c->from, &c->width, &c->height, c->to, &c->new_width,
                   &c->new_height) == 6)
            return 1;
    }
    return 0;
}

// Bytes that look random; two each of samples above 8 bits, shifted up by `align`.
static inline void noise(uint8_t *out, size_t bytes, int depth, int align) {
    uint32_t state = 1;
    for (size_t i = 0; i < bytes; i += depth > 8 ? 2 : 1) {
        state = state * 1664525u + 1013904223u;
        if (depth > 8) {
            uint16_t sample = (uint16_t)((state >> 16) >> (16 - depth) << align);
            out[i] = (uint8_t)sample;
            out[i + 1] = (uint8_t)(sample >> 8);
        } else {
            out[i] = (uint8_t)(state >> 24);
        }
    }
}

static inline uint64_t nanoseconds(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

static inline int compare_times(const void *a, const void *b) {
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

// The median of as many runs as fit a third of a second, but no fewer than five; 0 where the work fails.
static inline uint64_t median(int (*work)(void *), void *context) {
    enum { MOST = 1 << 20 };
    uint64_t *times = malloc(MOST * sizeof *times), begin = nanoseconds(), result;
    size_t count = 0;
    while (count < 5 || (count < MOST && nanoseconds() - begin < 300000000u)) {
        uint64_t start = nanoseconds();
        if (work(context)) {
            free(times);
            return 0;
        }
        times[count++] = nanoseconds() - start;
    }
    qsort(times, count, sizeof *times, compare_times);
    result = times[count / 2];
    free(times);
    return result;
}

static inline void print_case(const Case *c, uint64_t time) {
    if (time)
        printf("%s\t%llu\t0\n", c->name, (unsigned long long)time);
    fflush(stdout);
}
