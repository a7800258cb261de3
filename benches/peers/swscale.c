// Times libswscale: any case of pictures, one thread, bicubic, BT.601 of limited range as it is by default.
//
// packages: libswscale libavutil
// run: bicubic
// run: bicubic accurate_rnd
#include "peer.h"

#include <libavutil/imgutils.h>
#include <libavutil/pixdesc.h>
#include <libswscale/swscale.h>

typedef struct {
    struct SwsContext *scaler;
    Picture from, to;
    int height;
} Work;

static int convert(void *context) {
    Work *work = context;
    return sws_scale(work->scaler, (const uint8_t *const *)work->from.data, work->from.stride, 0, work->height,
                     work->to.data, work->to.stride) <= 0;
}

static void allocate(Picture *picture, enum AVPixelFormat format, int width, int height) {
    const AVPixFmtDescriptor *description = av_pix_fmt_desc_get(format);
    av_image_fill_linesizes(picture->stride, format, width);
    for (int plane = 0; plane < av_pix_fmt_count_planes(format); plane++) {
        int chroma = (plane == 1 || plane == 2) && !(description->flags & AV_PIX_FMT_FLAG_RGB);
        int rows = chroma ? AV_CEIL_RSHIFT(height, description->log2_chroma_h) : height;
        // Rows as FFmpeg allocates them.
        picture->stride[plane] = (picture->stride[plane] + 63) / 64 * 64;
        size_t bytes = (size_t)picture->stride[plane] * rows;
        picture->data[plane] = aligned_alloc(64, (bytes + 127) / 64 * 64);
        noise(picture->data[plane], bytes, description->comp[0].depth, description->comp[0].shift);
    }
}

int main(int count, char **arguments) {
    int flags = SWS_BICUBIC;
    for (int i = 1; i < count; i++)
        if (!strcmp(arguments[i], "accurate_rnd"))
            flags |= SWS_ACCURATE_RND;
    unsigned version = swscale_version();
    printf("# libswscale %u.%u.%u%s\n", version >> 16, version >> 8 & 255, version & 255,
           flags & SWS_ACCURATE_RND ? ", accurate_rnd" : "");
    Case c;
    while (next_case(&c)) {
        enum AVPixelFormat from = av_get_pix_fmt(c.from), to = av_get_pix_fmt(c.to);
        if (from == AV_PIX_FMT_NONE || to == AV_PIX_FMT_NONE)
            continue;
        Work work = {.height = c.height};
        work.scaler = sws_getContext(c.width, c.height, from, c.new_width, c.new_height, to, flags, NULL, NULL, NULL);
        if (!work.scaler)
            continue;
        allocate(&work.from, from, c.width, c.height);
        allocate(&work.to, to, c.new_width, c.new_height);
        print_case(&c, median(convert, &work));
        sws_freeContext(work.scaler);
        for (int plane = 0; plane < 4; plane++) {
            free(work.from.data[plane]);
            free(work.to.data[plane]);
        }
    }
}
