// Times libswscale on changes of size, in the kernel that the case names, and on what its users do for arrays of floats:
// scaled to rgb24, then a loop that normalises.
//
// packages: libswscale libavutil
#include "peer.h"

#include <libavutil/imgutils.h>
#include <libavutil/pixdesc.h>
#include <libswscale/swscale.h>

static int flags_of(const char *name) {
    if (!strcmp(name, "nearest")) return SWS_POINT;
    if (!strcmp(name, "bilinear")) return SWS_BILINEAR;
    if (!strcmp(name, "bicubic")) return SWS_BICUBIC;
    if (!strcmp(name, "area")) return SWS_AREA;
    if (!strcmp(name, "lanczos")) return SWS_LANCZOS;
    return 0;
}

typedef struct {
    struct SwsContext *scaler;
    uint8_t *from[4], *to[4];
    int from_stride[4], to_stride[4], height, new_width, new_height;
    float *floats;
} Work;

// Optimised as whoever times it would: the peers are compiled with less.
__attribute__((optimize("O3"), target_clones("avx2", "default")))
static void normalise(const uint8_t *rgb, int stride, float *out, int width, int height) {
    static const float mean[3] = {0.485f, 0.456f, 0.406f}, std[3] = {0.229f, 0.224f, 0.225f};
    float factor[3], offset[3];
    for (int c = 0; c < 3; c++) {
        factor[c] = 1.0f / (255.0f * std[c]);
        offset[c] = -mean[c] / std[c];
    }
    size_t plane = (size_t)width * height;
    for (int y = 0; y < height; y++) {
        const uint8_t *row = rgb + (size_t)y * stride;
        float *r = out + (size_t)y * width, *g = r + plane, *b = g + plane;
        for (int x = 0; x < width; x++) {
            r[x] = row[3 * x] * factor[0] + offset[0];
            g[x] = row[3 * x + 1] * factor[1] + offset[1];
            b[x] = row[3 * x + 2] * factor[2] + offset[2];
        }
    }
}

static int convert(void *context) {
    Work *work = context;
    if (sws_scale(work->scaler, (const uint8_t *const *)work->from, work->from_stride, 0, work->height, work->to,
                  work->to_stride) <= 0)
        return 1;
    if (work->floats)
        normalise(work->to[0], work->to_stride[0], work->floats, work->new_width, work->new_height);
    return 0;
}

int main(void) {
    unsigned version = swscale_version();
    printf("# libswscale %u.%u.%u\n", version >> 16, version >> 8 & 255, version & 255);
    Case c;
    while (fgets(c.name, sizeof c.name, stdin)) {
        char what[16], kernel[32];
        c.name[strcspn(c.name, "\n")] = 0;
        if (sscanf(c.name, "%15s %31s %dx%d to %dx%d %31s", what, c.from, &c.width, &c.height, &c.new_width,
                   &c.new_height, kernel) != 7)
            continue;
        int tensor = !strcmp(what, "tensor"), flags = flags_of(kernel);
        enum AVPixelFormat from = av_get_pix_fmt(c.from), to = tensor ? AV_PIX_FMT_RGB24 : from;
        if (from == AV_PIX_FMT_NONE || !flags)
            continue;
        Work work = {.height = c.height, .new_width = c.new_width, .new_height = c.new_height};
        work.scaler = sws_getContext(c.width, c.height, from, c.new_width, c.new_height, to, flags, NULL, NULL, NULL);
        int bytes = av_image_alloc(work.from, work.from_stride, c.width, c.height, from, 64);
        int enough = av_image_alloc(work.to, work.to_stride, c.new_width, c.new_height, to, 64) >= 0;
        if (!work.scaler || bytes < 0 || !enough)
            continue;
        noise(work.from[0], bytes, av_pix_fmt_desc_get(from)->comp[0].depth, 0);
        if (tensor)
            work.floats = malloc(sizeof(float) * 3 * c.new_width * c.new_height);
        print_case(&c, median(convert, &work));
        free(work.floats);
        av_freep(&work.from[0]);
        av_freep(&work.to[0]);
        sws_freeContext(work.scaler);
    }
}
