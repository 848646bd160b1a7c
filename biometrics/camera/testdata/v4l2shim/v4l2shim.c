/*
 * A V4L2 camera that exists only in the process it is preloaded into
 * (LD_PRELOAD). It answers the calls that OpenCV's V4L2 backend makes, so that
 * the real backend runs where there is no camera and no kernel module.
 *
 *   V4L2SHIM_DEVICE        the path that is the camera: /dev/video0
 *   V4L2SHIM_FRAMES        a file of frames, each preceded by its length
 *                          (4 bytes, little endian); shown over and over
 *   V4L2SHIM_SIZE          their size: 1280x720
 *   V4L2SHIM_FORMAT        what they are: MJPG, or YUYV; nothing else is offered
 *   V4L2SHIM_FPS           frames a second
 *   V4L2SHIM_UNPLUG_AFTER  frames until the camera is pulled out; 0 never
 *   V4L2SHIM_HANDS         a file whose bytes are the hands at the camera, and
 *                          may change at any time: the first is 'u' while the
 *                          cable is out, the second 's' while nothing is sent,
 *                          the third, where it is a digit, the last one of the
 *                          path that is the camera
 *   V4L2SHIM_CONTROLS      "yes": exposure, white balance and gain can be set;
 *                          "stubborn": they are there and can not
 *   V4L2SHIM_LOG           a file to which each setting is written: name=value
 *
 * The device's file descriptor is a memory file that holds the buffers one
 * after the other: mmap, select and close on it need no help. One thread.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/videodev2.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "controls.h"

enum { MAX_BUFFERS = 6, BUFFER_BYTES = 4 << 20 };

static struct {
	int fd;            /* of the open device, or -1 */
	unsigned char *mem; /* the same memory, as this side sees it */
	unsigned width, height, fps, unplug_after;
	__u32 pixels;       /* the format */
	const volatile char *hands;

	const unsigned char *film; /* the frames, and where the next one starts */
	size_t film_bytes, film_at;

	unsigned buffers;             /* granted by REQBUFS */
	unsigned waiting[MAX_BUFFERS]; /* queued and empty, oldest first */
	unsigned n_waiting;
	int streaming;
	unsigned shown;
	struct timespec due; /* of the next frame */
} cam = {.fd = -1};

static unsigned number(const char *name, unsigned otherwise)
{
	const char *s = getenv(name);
	return s && *s ? (unsigned)strtoul(s, NULL, 10) : otherwise;
}

/* map shows a file as it is now and will be; NULL without it. */
static const void *map(const char *variable, size_t *bytes)
{
	const char *path = getenv(variable);
	struct stat st;
	void *p = MAP_FAILED;
	int fd = open(path ? path : "", O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return NULL;
	if (fstat(fd, &st) == 0 && st.st_size > 0)
		p = mmap(NULL, st.st_size, PROT_READ, MAP_SHARED, fd, 0);
	close(fd);
	if (p == MAP_FAILED)
		return NULL;
	*bytes = st.st_size;
	return p;
}

/* hand is what one of the hands does; 0 where there are none. */
static char hand(unsigned which)
{
	static size_t bytes;
	static int mapping; /* which opens a file, and asks for a hand */

	if (!cam.hands && !mapping && getenv("V4L2SHIM_HANDS")) {
		mapping = 1;
		cam.hands = map("V4L2SHIM_HANDS", &bytes);
		mapping = 0;
	}
	return cam.hands && which < bytes ? cam.hands[which] : 0;
}

static int unplugged(void)
{
	return hand(0) == 'u' || (cam.unplug_after && cam.shown >= cam.unplug_after);
}

static int load_film(void)
{
	if (!cam.film)
		cam.film = map("V4L2SHIM_FRAMES", &cam.film_bytes);
	return cam.film && cam.film_bytes > 4 ? 0 : -1;
}

static int plug_in(void)
{
	const char *size = getenv("V4L2SHIM_SIZE"), *format = getenv("V4L2SHIM_FORMAT");

	if (cam.fd >= 0)
		return fail(EBUSY);
	cam.shown = 0;
	if (unplugged())
		return fail(ENOENT);
	if (!size || sscanf(size, "%ux%u", &cam.width, &cam.height) != 2 || load_film() < 0)
		return fail(ENODEV);
	cam.pixels = format && strcmp(format, "YUYV") == 0 ? V4L2_PIX_FMT_YUYV : V4L2_PIX_FMT_MJPEG;
	cam.fps = number("V4L2SHIM_FPS", 30);
	cam.unplug_after = number("V4L2SHIM_UNPLUG_AFTER", 0);
	cam.film_at = cam.n_waiting = cam.buffers = 0;
	cam.streaming = 0;
	cam.fd = memfd_create("camera", MFD_CLOEXEC);
	if (cam.fd < 0)
		return -1;
	if (ftruncate(cam.fd, (off_t)MAX_BUFFERS * BUFFER_BYTES) < 0)
		return -1;
	cam.mem = mmap(NULL, (size_t)MAX_BUFFERS * BUFFER_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED, cam.fd, 0);
	return cam.mem == MAP_FAILED ? -1 : cam.fd;
}

static int is_camera(const char *path)
{
	const char *device = getenv("V4L2SHIM_DEVICE");
	size_t n = device ? strlen(device) : 0;

	if (n == 0 || !path || strlen(path) != n || strncmp(path, device, n - 1) != 0)
		return 0;
	return path[n - 1] == (hand(2) >= '0' && hand(2) <= '9' ? hand(2) : device[n - 1]);
}

int open(const char *path, int flags, ...)
{
	static int (*next)(const char *, int, ...);
	mode_t mode = 0;

	if (is_camera(path))
		return plug_in();
	if (flags & (O_CREAT | O_TMPFILE)) {
		va_list ap;
		va_start(ap, flags);
		mode = va_arg(ap, mode_t);
		va_end(ap);
	}
	if (!next)
		*(void **)&next = dlsym(RTLD_NEXT, "open");
	return next(path, flags, mode);
}

int open64(const char *path, int flags, ...)
{
	mode_t mode = 0;

	if (flags & (O_CREAT | O_TMPFILE)) {
		va_list ap;
		va_start(ap, flags);
		mode = va_arg(ap, mode_t);
		va_end(ap);
	}
	return open(path, flags | O_LARGEFILE, mode);
}

int __open_2(const char *path, int flags) { return open(path, flags); }
int __open64_2(const char *path, int flags) { return open64(path, flags); }

int close(int fd)
{
	static int (*next)(int);

	if (!next)
		*(void **)&next = dlsym(RTLD_NEXT, "close");
	if (fd >= 0 && fd == cam.fd) {
		munmap(cam.mem, (size_t)MAX_BUFFERS * BUFFER_BYTES);
		cam.fd = -1;
	}
	return next(fd);
}

static int capability(struct v4l2_capability *c)
{
	memset(c, 0, sizeof *c);
	snprintf((char *)c->driver, sizeof c->driver, "v4l2shim");
	snprintf((char *)c->card, sizeof c->card, "Camera of the tests");
	snprintf((char *)c->bus_info, sizeof c->bus_info, "preload");
	c->device_caps = V4L2_CAP_VIDEO_CAPTURE | V4L2_CAP_STREAMING;
	c->capabilities = c->device_caps | V4L2_CAP_DEVICE_CAPS;
	return 0;
}

/* Whatever format is asked for, it is the film's, in its size. */
static int format(struct v4l2_format *f)
{
	if (f->type != V4L2_BUF_TYPE_VIDEO_CAPTURE)
		return fail(EINVAL);
	memset(&f->fmt.pix, 0, sizeof f->fmt.pix);
	f->fmt.pix.width = cam.width;
	f->fmt.pix.height = cam.height;
	f->fmt.pix.pixelformat = cam.pixels;
	f->fmt.pix.bytesperline = cam.pixels == V4L2_PIX_FMT_YUYV ? 2 * cam.width : 0;
	f->fmt.pix.field = V4L2_FIELD_NONE;
	f->fmt.pix.sizeimage = BUFFER_BYTES;
	f->fmt.pix.colorspace = V4L2_COLORSPACE_JPEG;
	return 0;
}

static int rate(struct v4l2_streamparm *p)
{
	if (p->type != V4L2_BUF_TYPE_VIDEO_CAPTURE)
		return fail(EINVAL);
	p->parm.capture.capability = V4L2_CAP_TIMEPERFRAME;
	p->parm.capture.timeperframe.numerator = 1;
	p->parm.capture.timeperframe.denominator = cam.fps;
	return 0;
}

static int request(struct v4l2_requestbuffers *r)
{
	if (r->type != V4L2_BUF_TYPE_VIDEO_CAPTURE || r->memory != V4L2_MEMORY_MMAP)
		return fail(EINVAL);
	if (r->count > MAX_BUFFERS)
		r->count = MAX_BUFFERS;
	cam.buffers = r->count;
	cam.n_waiting = 0;
	return 0;
}

static void place(struct v4l2_buffer *b, unsigned index)
{
	b->index = index;
	b->length = BUFFER_BYTES;
	b->m.offset = index * BUFFER_BYTES;
	b->flags = V4L2_BUF_FLAG_MAPPED;
}

static int query(struct v4l2_buffer *b)
{
	if (b->index >= cam.buffers)
		return fail(EINVAL);
	place(b, b->index);
	return 0;
}

static int enqueue(struct v4l2_buffer *b)
{
	if (b->index >= cam.buffers || cam.n_waiting == MAX_BUFFERS)
		return fail(EINVAL);
	cam.waiting[cam.n_waiting++] = b->index;
	return 0;
}

/* next_frame copies the next frame of the film; returns its bytes, 0 if none. */
static size_t next_frame(unsigned char *to)
{
	const unsigned char *p;
	size_t n;

	if (cam.film_at + 4 > cam.film_bytes)
		cam.film_at = 0;
	p = cam.film + cam.film_at;
	n = p[0] | p[1] << 8 | p[2] << 16 | (size_t)p[3] << 24;
	if (n > BUFFER_BYTES || n > cam.film_bytes - cam.film_at - 4)
		return 0;
	memcpy(to, p + 4, n);
	cam.film_at += 4 + n;
	return n;
}

static int dequeue(struct v4l2_buffer *b)
{
	unsigned index;
	size_t n;

	while (hand(1) == 's' && !unplugged()) /* a driver that hangs */
		usleep(5000);
	if (!cam.streaming || cam.n_waiting == 0)
		return fail(EAGAIN);
	clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &cam.due, NULL);
	cam.due.tv_nsec += 1000000000L / (long)cam.fps;
	cam.due.tv_sec += cam.due.tv_nsec / 1000000000L;
	cam.due.tv_nsec %= 1000000000L;

	index = cam.waiting[0];
	memmove(cam.waiting, cam.waiting + 1, --cam.n_waiting * sizeof cam.waiting[0]);
	n = next_frame(cam.mem + (size_t)index * BUFFER_BYTES);
	if (n == 0)
		return fail(EIO);
	place(b, index);
	b->flags |= V4L2_BUF_FLAG_DONE;
	b->bytesused = n;
	b->sequence = cam.shown++;
	return 0;
}

static int stream(int on)
{
	cam.streaming = on;
	if (!on)
		cam.n_waiting = 0;
	return clock_gettime(CLOCK_MONOTONIC, &cam.due);
}

static int answer(unsigned request_code, void *arg)
{
	if (unplugged())
		return fail(ENODEV);
	switch (request_code) {
	case VIDIOC_QUERYCAP:
		return capability(arg);
	case VIDIOC_ENUMINPUT: {
		struct v4l2_input *in = arg;
		if (in->index > 0)
			return fail(EINVAL);
		in->type = V4L2_INPUT_TYPE_CAMERA;
		snprintf((char *)in->name, sizeof in->name, "lens");
		return 0;
	}
	case VIDIOC_G_INPUT:
		*(int *)arg = 0;
		return 0;
	case VIDIOC_S_INPUT:
		return *(int *)arg == 0 ? 0 : fail(EINVAL);
	case VIDIOC_G_FMT:
	case VIDIOC_S_FMT:
	case VIDIOC_TRY_FMT:
		return format(arg);
	case VIDIOC_G_PARM:
	case VIDIOC_S_PARM:
		return rate(arg);
	case VIDIOC_QUERYCTRL:
		return query_control(arg);
	case VIDIOC_G_CTRL:
		return get_control(arg);
	case VIDIOC_S_CTRL:
		return set_control(arg);
	case VIDIOC_REQBUFS:
		return request(arg);
	case VIDIOC_QUERYBUF:
		return query(arg);
	case VIDIOC_QBUF:
		return enqueue(arg);
	case VIDIOC_DQBUF:
		return dequeue(arg);
	case VIDIOC_STREAMON:
		return stream(1);
	case VIDIOC_STREAMOFF:
		return stream(0);
	}
	return fail(ENOTTY);
}

int ioctl(int fd, unsigned long code, ...)
{
	static int (*next)(int, unsigned long, ...);
	va_list ap;
	void *arg;

	va_start(ap, code);
	arg = va_arg(ap, void *);
	va_end(ap);
	if (fd >= 0 && fd == cam.fd)
		return answer((unsigned)code, arg);
	if (!next)
		*(void **)&next = dlsym(RTLD_NEXT, "ioctl");
	return next(fd, code, arg);
}
