// libraries: swresample avutil
//
// Times and runs libswresample, with its own resampler and with soxr's, for the program `sound` of `benches`.
//
//   audio version
//   audio time ENGINE RUNS FROM_RATE TO_RATE FROM_FORMAT TO_FORMAT FROM_LAYOUT TO_LAYOUT FRAMES
//                                 prints the nanoseconds of each run; samples come in blocks of 1024
//   audio resample ENGINE FROM_RATE TO_RATE
//                                 one channel of f32 from standard input to standard output
//
// ENGINE is swr, or soxr and the bits of its precision: soxr20, soxr28.

#include <libavutil/channel_layout.h>
#include <libavutil/opt.h>
#include <libavutil/samplefmt.h>
#include <libswresample/swresample.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { BLOCK = 1024, MOST_CHANNELS = 8 };

static void fail(const char *what) {
    fprintf(stderr, "%s\n", what);
    exit(1);
}

static SwrContext *context(const char *engine, int from, int to, const char *from_format, const char *to_format,
                           const char *from_layout, const char *to_layout) {
    SwrContext *swr = swr_alloc();
    if (!swr) fail("no memory");
    av_opt_set_int(swr, "isr", from, 0);
    av_opt_set_int(swr, "osr", to, 0);
    av_opt_set_sample_fmt(swr, "isf", av_get_sample_fmt(from_format), 0);
    av_opt_set_sample_fmt(swr, "osf", av_get_sample_fmt(to_format), 0);
    if (av_opt_set(swr, "ichl", from_layout, 0) < 0 || av_opt_set(swr, "ochl", to_layout, 0) < 0) fail("no such layout");
    if (!strncmp(engine, "soxr", 4)) {
        if (av_opt_set(swr, "resampler", "soxr", 0) < 0) fail("no soxr in this libswresample");
        av_opt_set_double(swr, "precision", atoi(engine + 4), 0);
    }
    if (swr_init(swr) < 0) fail("cannot convert that");
    return swr;
}

static int channels_of(const char *layout) {
    AVChannelLayout known = {0};
    if (av_channel_layout_from_string(&known, layout) < 0) fail("no such layout");
    int channels = known.nb_channels;
    av_channel_layout_uninit(&known);
    if (channels < 1 || channels > MOST_CHANNELS) fail("too many channels");
    return channels;
}

/* Samples that look random, within half of full scale. */
static void fill(uint8_t *data, size_t samples, enum AVSampleFormat format) {
    uint32_t state = 1;
    for (size_t i = 0; i < samples; i++) {
        state = state * 1664525u + 1013904223u;
        switch (av_get_packed_sample_fmt(format)) {
        case AV_SAMPLE_FMT_S16: ((int16_t *)data)[i] = (int16_t)(state >> 16) / 2; break;
        case AV_SAMPLE_FMT_S32: ((int32_t *)data)[i] = (int32_t)state / 2; break;
        case AV_SAMPLE_FMT_FLT: ((float *)data)[i] = (float)(int32_t)state / 4294967296.0f; break;
        case AV_SAMPLE_FMT_DBL: ((double *)data)[i] = (int32_t)state / 4294967296.0; break;
        default: fail("no such format here");
        }
    }
}

/* The planes of a buffer from frame `start` on; `room` frames fit each plane. */
static void planes(uint8_t **out, uint8_t *data, enum AVSampleFormat format, int channels, size_t room, size_t start) {
    size_t bytes = av_get_bytes_per_sample(format);
    if (!av_sample_fmt_is_planar(format)) {
        out[0] = data + start * bytes * channels;
        return;
    }
    for (int channel = 0; channel < channels; channel++) out[channel] = data + (channel * room + start) * bytes;
}

static long long now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec * 1000000000LL + time.tv_nsec;
}

static int time_case(char **arg) {
    const char *engine = arg[0];
    int runs = atoi(arg[1]), from = atoi(arg[2]), to = atoi(arg[3]);
    enum AVSampleFormat formats[2] = {av_get_sample_fmt(arg[4]), av_get_sample_fmt(arg[5])};
    int channels[2] = {channels_of(arg[6]), channels_of(arg[7])};
    size_t frames = strtoul(arg[8], NULL, 10), room = frames * to / from + 65536;
    uint8_t *input = malloc(frames * channels[0] * av_get_bytes_per_sample(formats[0]));
    uint8_t *output = calloc(room * channels[1], av_get_bytes_per_sample(formats[1]));
    if (!input || !output) fail("no memory");
    fill(input, frames * channels[0], formats[0]);
    for (int run = 0; run < runs; run++) {
        SwrContext *swr = context(engine, from, to, arg[4], arg[5], arg[6], arg[7]);
        uint8_t *in[MOST_CHANNELS] = {0}, *out[MOST_CHANNELS] = {0};
        size_t given = 0;
        long long start = now();
        for (size_t at = 0; at < frames; at += BLOCK) {
            int count = frames - at < BLOCK ? (int)(frames - at) : BLOCK;
            planes(in, input, formats[0], channels[0], frames, at);
            planes(out, output, formats[1], channels[1], room, given);
            int got = swr_convert(swr, out, (int)(room - given), (const uint8_t **)in, count);
            if (got < 0) fail("failed");
            given += got;
        }
        planes(out, output, formats[1], channels[1], room, given);
        int got = swr_convert(swr, out, (int)(room - given), NULL, 0);
        if (got < 0) fail("failed");
        printf("%lld\n", now() - start);
        swr_free(&swr);
    }
    return 0;
}

static int resample(char **arg) {
    SwrContext *swr = context(arg[0], atoi(arg[1]), atoi(arg[2]), "fltp", "fltp", "mono", "mono");
    float input[BLOCK];
    size_t room = BLOCK * (size_t)(atoi(arg[2]) / atoi(arg[1]) + 1) + 1048576;
    float *output = malloc(room * sizeof *output);
    if (!output) fail("no memory");
    for (;;) {
        size_t count = fread(input, sizeof *input, BLOCK, stdin);
        const uint8_t *in[1] = {(const uint8_t *)input};
        uint8_t *out[1] = {(uint8_t *)output};
        int got = swr_convert(swr, out, (int)room, count ? in : NULL, (int)count);
        if (got < 0) fail("failed");
        fwrite(output, sizeof *output, got, stdout);
        if (!count) break;
    }
    swr_free(&swr);
    return 0;
}

int main(int count, char **arg) {
    if (count == 2 && !strcmp(arg[1], "version")) {
        unsigned version = swresample_version();
        printf("libswresample %u.%u.%u\n", version >> 16, version >> 8 & 255, version & 255);
        return 0;
    }
    if (count == 11 && !strcmp(arg[1], "time")) return time_case(arg + 2);
    if (count == 5 && !strcmp(arg[1], "resample")) return resample(arg + 2);
    fail("see the head of audio.c");
}
