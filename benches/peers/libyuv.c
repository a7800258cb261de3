// Times libyuv on the colour cases that it has one function for; BT.601 of limited range, as it is by default.
//
// libraries: yuv
#include "peer.h"

#include <libyuv.h>

typedef struct {
    const char *from, *to;
    int (*run)(const Picture *from, Picture *to, int width, int height);
} Function;

#define S(n) from->data[n], from->stride[n]
#define S16(n) (const uint16_t *)from->data[n], from->stride[n] / 2
#define D(n) to->data[n], to->stride[n]
#define D16(n) (uint16_t *)to->data[n], to->stride[n] / 2
#define RUN(name, call)                                                              \
    static int name(const Picture *from, Picture *to, int width, int height) { \
        return call;                                                                 \
    }

// libyuv names packed pixels by their place in a word, least significant last: its RAW is R, G, B in memory.
RUN(i420_raw, I420ToRAW(S(0), S(1), S(2), D(0), width, height))
RUN(i420_rgb24, I420ToRGB24(S(0), S(1), S(2), D(0), width, height))
RUN(i420_abgr, I420ToABGR(S(0), S(1), S(2), D(0), width, height))
RUN(i420_argb, I420ToARGB(S(0), S(1), S(2), D(0), width, height))
RUN(i422_raw, I422ToRAW(S(0), S(1), S(2), D(0), width, height))
RUN(i444_raw, I444ToRAW(S(0), S(1), S(2), D(0), width, height))
RUN(nv12_raw, NV12ToRAW(S(0), S(1), D(0), width, height))
RUN(raw_i420, RAWToI420(S(0), D(0), D(1), D(2), width, height))
RUN(rgb24_i420, RGB24ToI420(S(0), D(0), D(1), D(2), width, height))
RUN(abgr_i420, ABGRToI420(S(0), D(0), D(1), D(2), width, height))
RUN(argb_i420, ARGBToI420(S(0), D(0), D(1), D(2), width, height))
RUN(i010_argb, I010ToARGB(S16(0), S16(1), S16(2), D(0), width, height))
RUN(i010_i420, I010ToI420(S16(0), S16(1), S16(2), D(0), D(1), D(2), width, height))
RUN(i420_i010, I420ToI010(S(0), S(1), S(2), D16(0), D16(1), D16(2), width, height))
RUN(nv12_i420, NV12ToI420(S(0), S(1), D(0), D(1), D(2), width, height))
RUN(i420_nv12, I420ToNV12(S(0), S(1), S(2), D(0), D(1), width, height))
RUN(yuy2_i420, YUY2ToI420(S(0), D(0), D(1), D(2), width, height))
RUN(raw_argb, RAWToARGB(S(0), D(0), width, height))

static const Function FUNCTIONS[] = {
    {"yuv420p", "rgb24", i420_raw},      {"yuv420p", "bgr24", i420_rgb24}, {"yuv420p", "rgba", i420_abgr},
    {"yuv420p", "bgra", i420_argb},      {"yuv422p", "rgb24", i422_raw},   {"yuv444p", "rgb24", i444_raw},
    {"nv12", "rgb24", nv12_raw},         {"rgb24", "yuv420p", raw_i420},   {"bgr24", "yuv420p", rgb24_i420},
    {"rgba", "yuv420p", abgr_i420},      {"bgra", "yuv420p", argb_i420},   {"yuv420p10le", "bgra", i010_argb},
    {"yuv420p10le", "yuv420p", i010_i420}, {"yuv420p", "yuv420p10le", i420_i010}, {"nv12", "yuv420p", nv12_i420},
    {"yuv420p", "nv12", i420_nv12},      {"yuyv422", "yuv420p", yuy2_i420}, {"rgb24", "bgra", raw_argb},
};

static void allocate(Picture *picture, const char *format, int width, int height) {
    int half = (width + 1) / 2, low = (height + 1) / 2, depth = 8;
    memset(picture, 0, sizeof *picture);
    if (!strcmp(format, "rgb24") || !strcmp(format, "bgr24")) {
        *picture = (Picture){.planes = 1, .stride = {3 * width}, .rows = {height}};
    } else if (!strcmp(format, "rgba") || !strcmp(format, "bgra")) {
        *picture = (Picture){.planes = 1, .stride = {4 * width}, .rows = {height}};
    } else if (!strcmp(format, "yuyv422")) {
        *picture = (Picture){.planes = 1, .stride = {4 * half}, .rows = {height}};
    } else if (!strcmp(format, "nv12")) {
        *picture = (Picture){.planes = 2, .stride = {width, 2 * half}, .rows = {height, low}};
    } else {
        int chroma = strstr(format, "444") ? width : half, rows = strstr(format, "420") ? low : height;
        int bytes = strstr(format, "10le") ? 2 : 1;
        depth = bytes == 2 ? 10 : 8;
        *picture = (Picture){.planes = 3,
                             .stride = {width * bytes, chroma * bytes, chroma * bytes},
                             .rows = {height, rows, rows}};
    }
    for (int plane = 0; plane < picture->planes; plane++) {
        size_t bytes = (size_t)picture->stride[plane] * picture->rows[plane];
        picture->data[plane] = aligned_alloc(64, (bytes + 127) / 64 * 64);
        noise(picture->data[plane], bytes, depth, 0);
    }
}

typedef struct {
    const Function *function;
    Picture from, to;
    int width, height;
} Work;

static int convert(void *context) {
    Work *work = context;
    return work->function->run(&work->from, &work->to, work->width, work->height);
}

int main(void) {
    printf("# libyuv %d\n", LIBYUV_VERSION);
    Case c;
    while (next_case(&c)) {
        if (c.width != c.new_width || c.height != c.new_height)
            continue;
        for (size_t i = 0; i < sizeof FUNCTIONS / sizeof *FUNCTIONS; i++) {
            if (strcmp(FUNCTIONS[i].from, c.from) || strcmp(FUNCTIONS[i].to, c.to))
                continue;
            Work work = {.function = &FUNCTIONS[i], .width = c.width, .height = c.height};
            allocate(&work.from, c.from, c.width, c.height);
            allocate(&work.to, c.to, c.width, c.height);
            print_case(&c, median(convert, &work));
            for (int plane = 0; plane < 4; plane++) {
                free(work.from.data[plane]);
                free(work.to.data[plane]);
            }
        }
    }
}
