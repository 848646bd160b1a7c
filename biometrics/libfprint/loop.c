//go:build libfprint

#include "loop.h"

#include <fprint.h>
#include <string.h>

struct tram_reader {
	FpContext *context;
	FpDevice *device;
	GCancellable *cancel; /* of the call that runs */
	gint touched;         /* atomic */
};

/* A call on its way to the loop and back. */
typedef struct {
	tram_reader *reader;
	char *id;
	uintptr_t handle;
} job;

static gpointer turn(gpointer unused)
{
	(void)unused;
	g_main_loop_run(g_main_loop_new(NULL, FALSE));
	return NULL;
}

/* Has the loop do something. */
static void post(GSourceFunc what, tram_reader *r, const char *id, uintptr_t handle)
{
	static gsize started;
	job *j = g_new0(job, 1);

	if (g_once_init_enter(&started)) {
		g_thread_unref(g_thread_new("libfprint", turn, NULL));
		g_once_init_leave(&started, 1);
	}
	j->reader = r;
	j->id = g_strdup(id);
	j->handle = handle;
	g_idle_add_full(G_PRIORITY_DEFAULT, what, j, NULL);
}

static int how(const GError *e)
{
	if (e == NULL)
		return TRAM_GOOD;
	if (g_error_matches(e, G_IO_ERROR, G_IO_ERROR_CANCELLED))
		return TRAM_CANCELLED;
	if (g_error_matches(e, FP_DEVICE_ERROR, FP_DEVICE_ERROR_REMOVED))
		return TRAM_REMOVED;
	if (g_error_matches(e, FP_DEVICE_ERROR, FP_DEVICE_ERROR_BUSY))
		return TRAM_BUSY;
	if (e->domain != FP_DEVICE_RETRY)
		return TRAM_FAILED;
	switch (e->code) {
	case FP_DEVICE_RETRY_TOO_SHORT: return TRAM_TOO_SHORT;
	case FP_DEVICE_RETRY_CENTER_FINGER: return TRAM_OFF_CENTRE;
	case FP_DEVICE_RETRY_REMOVE_FINGER: return TRAM_LIFT;
	default: return TRAM_AGAIN;
	}
}

/* Brings the result of a call back and frees what is left of it. */
static void done(job *j, tram_result *result, GError *e)
{
	if (e != NULL) {
		result->how = how(e);
		result->message = e->message;
	}
	tramDone(j->handle, result);
	g_clear_error(&e);
	g_free(j->id);
	g_free(j);
}

static void on_status(FpDevice *device, GParamSpec *spec, tram_reader *r)
{
	(void)spec;
	g_atomic_int_set(&r->touched, (fp_device_get_finger_status(device) & FP_FINGER_STATUS_PRESENT) != 0);
}

tram_reader *tram_new(void) { return g_new0(tram_reader, 1); }

int tram_touched(tram_reader *r) { return g_atomic_int_get(&r->touched); }

static void opened(GObject *source, GAsyncResult *res, gpointer data)
{
	job *j = data;
	tram_result result = {0};
	GError *e = NULL;
	FpDevice *d = FP_DEVICE(source);

	if (fp_device_open_finish(d, res, &e)) {
		result.driver = fp_device_get_driver(d);
		result.name = fp_device_get_name(d);
		result.id = fp_device_get_device_id(d);
		g_signal_connect(d, "notify::finger-status", G_CALLBACK(on_status), j->reader);
	}
	g_clear_object(&j->reader->cancel);
	done(j, &result, e);
}

static gboolean open_in_loop(gpointer data)
{
	job *j = data;
	tram_reader *r = j->reader;
	tram_result none = {.how = TRAM_NONE};
	GPtrArray *devices;

	r->context = fp_context_new();
	fp_context_enumerate(r->context);
	devices = fp_context_get_devices(r->context);
	for (guint i = 0; r->device == NULL && devices != NULL && i < devices->len; i++) {
		FpDevice *d = devices->pdata[i];
		if (fp_device_has_feature(d, FP_DEVICE_FEATURE_CAPTURE) &&
		    (*j->id == '\0' || strcmp(j->id, fp_device_get_driver(d)) == 0 || strcmp(j->id, fp_device_get_device_id(d)) == 0))
			r->device = g_object_ref(d);
	}
	if (r->device == NULL) {
		done(j, &none, NULL);
		return G_SOURCE_REMOVE;
	}
	r->cancel = g_cancellable_new();
	fp_device_open(r->device, r->cancel, opened, j);
	return G_SOURCE_REMOVE;
}

void tram_open(tram_reader *r, const char *id, uintptr_t handle) { post(open_in_loop, r, id, handle); }

static void captured(GObject *source, GAsyncResult *res, gpointer data)
{
	job *j = data;
	tram_result result = {0};
	GError *e = NULL;
	FpImage *image = fp_device_capture_finish(FP_DEVICE(source), res, &e);
	gsize size = 0;

	if (image != NULL) {
		result.pixels = fp_image_get_data(image, &size);
		result.size = (long)size;
		result.width = (int)fp_image_get_width(image);
		result.height = (int)fp_image_get_height(image);
	}
	g_clear_object(&j->reader->cancel);
	done(j, &result, e);
	g_clear_object(&image);
}

static gboolean capture_in_loop(gpointer data)
{
	job *j = data;

	j->reader->cancel = g_cancellable_new();
	fp_device_capture(j->reader->device, TRUE, j->reader->cancel, captured, j);
	return G_SOURCE_REMOVE;
}

void tram_capture(tram_reader *r, uintptr_t handle) { post(capture_in_loop, r, NULL, handle); }

static gboolean cancel_in_loop(gpointer data)
{
	job *j = data;

	if (j->reader->cancel != NULL)
		g_cancellable_cancel(j->reader->cancel);
	g_free(j);
	return G_SOURCE_REMOVE;
}

void tram_cancel(tram_reader *r) { post(cancel_in_loop, r, NULL, 0); }

static void leave(job *j, GError *e)
{
	tram_result result = {0};
	tram_reader *r = j->reader;

	if (r->device != NULL)
		g_signal_handlers_disconnect_by_data(r->device, r);
	done(j, &result, e);
	g_clear_object(&r->device);
	g_clear_object(&r->context);
	g_free(r);
}

static void closed(GObject *source, GAsyncResult *res, gpointer data)
{
	tram_result kept = {0};
	GError *e = NULL;

	fp_device_close_finish(FP_DEVICE(source), res, &e);
	if (how(e) == TRAM_BUSY) /* the call that runs has the reader still */
		done(data, &kept, e);
	else
		leave(data, e);
}

static gboolean close_in_loop(gpointer data)
{
	job *j = data;

	if (j->reader->device == NULL || !fp_device_is_open(j->reader->device))
		leave(j, NULL);
	else
		fp_device_close(j->reader->device, NULL, closed, j);
	return G_SOURCE_REMOVE;
}

void tram_close(tram_reader *r, uintptr_t handle) { post(close_in_loop, r, NULL, handle); }
