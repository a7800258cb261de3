/* Times libswscale on the scaling cases of `rushes_benches`: the same lines as its `scale` prints.
 *
 * Cases come on standard input: `scale FORMAT WxH to WxH KERNEL` and `tensor FORMAT WxH to WxH KERNEL`. A tensor is what
 * users of libswscale do for it: scaled to rgb24, then a loop to planes of normalised floats.
 * cc -O3 -march=native scale.c -lswscale -lavutil
 */
#include <libavutil/imgutils.h>
#include <libavutil/pixdesc.h>
#include <libswscale/swscale.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { RUNS = 15 };

static int64_t now(void) {
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return t.tv_sec * 1000000000LL + t.tv_nsec;
}

static int compare(const void *a, const void *b) {
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

static int flags_of(const char *name) {
    if (!strcmp(name, "nearest")) return SWS_POINT;
    if (!strcmp(name, "bilinear")) return SWS_BILINEAR;
    if (!strcmp(name, "bicubic")) return SWS_BICUBIC;
    if (!strcmp(name, "area")) return SWS_AREA;
    if (!strcmp(name, "lanczos")) return SWS_LANCZOS;
    return 0;
}

/* The same noise as `rushes_benches::noise` of 8 bits. */
static void noise(uint8_t *data, size_t size) {
    uint32_t state = 1;
    for (size_t i = 0; i < size; i++) {
        state = state * 1664525 + 1013904223;
        data[i] = state >> 24;
    }
}

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

int main(void) {
    char line[256];
    printf("# libswscale %d.%d.%d\n", LIBSWSCALE_VERSION_MAJOR, LIBSWSCALE_VERSION_MINOR, LIBSWSCALE_VERSION_MICRO);
    while (fgets(line, sizeof line, stdin)) {
        char what[16], name[32], kernel[32];
        int w, h, to_w, to_h;
        line[strcspn(line, "\n")] = 0;
        if (sscanf(line, "%15s %31s %dx%d to %dx%d %31s", what, name, &w, &h, &to_w, &to_h, kernel) != 7) continue;
        enum AVPixelFormat format = av_get_pix_fmt(name);
        int tensor = !strcmp(what, "tensor");
        enum AVPixelFormat to = tensor ? AV_PIX_FMT_RGB24 : format;
        int flags = flags_of(kernel);
        if (format == AV_PIX_FMT_NONE || !flags) continue;
        struct SwsContext *context = sws_getContext(w, h, format, to_w, to_h, to, flags, NULL, NULL, NULL);
        uint8_t *from_data[4], *to_data[4];
        int from_stride[4], to_stride[4];
        int size = av_image_alloc(from_data, from_stride, w, h, format, 64);
        if (!context || size < 0 || av_image_alloc(to_data, to_stride, to_w, to_h, to, 64) < 0) continue;
        noise(from_data[0], size);
        float *floats = tensor ? malloc(sizeof(float) * 3 * to_w * to_h) : NULL;
        int64_t times[RUNS];
        for (int i = -1; i < RUNS; i++) {
            int64_t start = now();
            sws_scale(context, (const uint8_t *const *)from_data, from_stride, 0, h, to_data, to_stride);
            if (tensor) normalise(to_data[0], to_stride[0], floats, to_w, to_h);
            if (i >= 0) times[i] = now() - start;
        }
        qsort(times, RUNS, sizeof *times, compare);
        printf("%s\t%lld\t0\n", line, (long long)times[RUNS / 2]);
        fflush(stdout);
        free(floats);
        av_freep(&from_data[0]);
        av_freep(&to_data[0]);
        sws_freeContext(context);
    }
    return 0;
}
