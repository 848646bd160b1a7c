//go:build libfprint

/* What Go asks of libfprint. Each call returns at once and is done in the
 * thread of the main loop; tramDone brings the result, there too. */
#ifndef TRAM_LIBFPRINT_LOOP_H
#define TRAM_LIBFPRINT_LOOP_H

#include <stdint.h>

typedef struct tram_reader tram_reader;

/* How a call ended. */
enum {
	TRAM_GOOD,
	TRAM_NONE,      /* no reader that gives images */
	TRAM_CANCELLED,
	TRAM_AGAIN,     /* no usable image */
	TRAM_TOO_SHORT, /* the same: the finger was drawn over too short a way */
	TRAM_OFF_CENTRE,
	TRAM_LIFT,      /* the same: the finger has to be lifted first */
	TRAM_REMOVED,   /* the reader was unplugged */
	TRAM_BUSY,      /* another call runs */
	TRAM_FAILED,
};

/* A result; all it points to is gone when tramDone returns. */
typedef struct {
	int how;
	const char *message; /* where it failed */
	tram_reader *reader; /* of tram_open: the caller's, until tram_close */
	const char *driver, *name, *id;
	int width, height;   /* of tram_capture */
	const unsigned char *pixels;
	long size;
} tram_result;

extern void tramDone(uintptr_t handle, tram_result *result);

/* id is a driver or a device; "" takes the first reader that gives images. */
tram_reader *tram_new(void);
void tram_open(tram_reader *r, const char *id, uintptr_t handle);
void tram_capture(tram_reader *r, uintptr_t handle);
void tram_cancel(tram_reader *r); /* the call that runs ends soon */
void tram_close(tram_reader *r, uintptr_t handle); /* frees it, but where TRAM_BUSY */
/* Whether a finger lies on the reader; from any thread. */
int tram_touched(tram_reader *r);

#endif
