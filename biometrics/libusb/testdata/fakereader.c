/*
 * fakereader: a U.are.U 4500 that can be told what to do, on a USB bus made by
 * umockdev. It is written from the protocol, apart from the driver, so that the
 * two do not share their mistakes.
 *
 *   umockdev-wrapper fakereader IMAGE COMMAND [ARGUMENT...]
 *
 * IMAGE holds 384 x 290 grey bytes: what lies on the reader, upright, dark
 * ridges on a light ground. COMMAND runs on the bus; on descriptor 3 it writes
 * orders, a line each, and reads one line of answer an order on descriptor 4:
 *
 *   finger on | finger off   a finger is laid down or lifted
 *   unplug | plug            the cable
 *   fault NAME               what happens to the next image or request, below
 *   stuck                    the status that an unclean end leaves behind
 *   state                    answers: mode, status, scans, resets, keys asked for
 *
 * Faults of the next image: stall proto overflow short empty announced silent
 * vanish plain flip (one bit). Of the power-up: dark (one power interrupt is lost), dead (all
 * are). Of requests: mute (no request is answered), vanish-waiting (unplugged
 * when the reader is told to wait for a finger). none ends a fault.
 */
#include <errno.h>
#include <glib.h>
#include <linux/usbdevice_fs.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <umockdev.h>
#include <unistd.h>

enum { WIDTH = 384, HEIGHT = 290, HEADER = 64, STORED = 289 };

#define DESCRIPTORS                                                              \
	"1201000200000040BA050A000301000003010902200001010080640904000002FFFFFF0007" \
	"05810340000807058202400000"

static const char stanza[] =
	"P: /devices/pci0000:00/0000:00:14.0/usb1/1-4\n"
	"N: bus/usb/001/007=" DESCRIPTORS "\n"
	"E: DEVNAME=/dev/bus/usb/001/007\n"
	"E: DEVTYPE=usb_device\n"
	"E: DRIVER=usb\n"
	"E: PRODUCT=5ba/a/103\n"
	"E: TYPE=0/0/0\n"
	"E: BUSNUM=001\n"
	"E: DEVNUM=007\n"
	"E: MAJOR=189\n"
	"E: MINOR=6\n"
	"E: SUBSYSTEM=usb\n"
	"A: bConfigurationValue=1\\n\n"
	"A: bNumConfigurations=1\\n\n"
	"A: bNumInterfaces= 1\\n\n"
	"A: busnum=1\\n\n"
	"A: devnum=7\\n\n"
	"A: idProduct=000a\\n\n"
	"A: idVendor=05ba\\n\n"
	"A: speed=12\\n\n"
	"H: descriptors=" DESCRIPTORS "\n";
static const char syspath[] = "/sys/devices/pci0000:00/0000:00:14.0/usb1/1-4";
static const char devnode[] = "/dev/bus/usb/001/007";

/* A transfer that the host has submitted. */
struct transfer {
	UMockdevIoctlData *urb, *buffer;
	gint64 due; /* when it may be reaped, once done */
	gboolean done;
	int status, length;
};

struct interrupt {
	gint64 due;
	guint16 code;
};

/* The reader. Everything is under the lock: orders and ioctls come from
 * different threads. */
static GMutex lock;
static GPtrArray *transfers;
static GArray *interrupts;
static guint8 sent[HEADER + WIDTH * HEIGHT], ground[WIDTH * HEIGHT];
static char fault[32] = "none";
static gboolean present = TRUE, finger, scanning;
static guint8 status = 0x01, mode, key_number;
static guint32 key_seed;
static int scans, resets, keys;
static UMockdevTestbed *bed;
static GMainLoop *loop;
static int exit_status = 1;

static gboolean is(const char *name) { return strcmp(fault, name) == 0; }

static void set_fault(const char *name) { g_strlcpy(fault, name, sizeof fault); }

/* ---- the image ---- */

/* What the reader sends: runs of lines and how each is treated. Line 142 is
 * absent; the second key begins at line 62. */
static const struct {
	guint8 flags, lines;
} runs[] = {{0x02, 60}, {0x00, 2}, {0x82, 80}, {0x01, 1}, {0x04, 3}, {0x02, 144}};

static guint32 key_of(guint8 number) { return 0x7a31c05fu ^ (guint32)number * 0x01f351d3u; }

static guint32 step(guint32 state)
{
	static const int tapped[] = {0, 2, 3, 6, 10, 12, 19, 22, 25, 28, 31};
	guint32 in = 0;
	for (gsize i = 0; i < G_N_ELEMENTS(tapped); i++)
		in ^= (state >> tapped[i]) & 1;
	return (state >> 1) | (in << 31);
}

static guint8 veil(guint32 s)
{
	return (guint8)(((s >> 4) & 1) | ((s >> 8) & 1) << 1 | ((s >> 11) & 1) << 2 | ((s >> 14) & 1) << 3 |
			((s >> 18) & 1) << 4 | ((s >> 21) & 1) << 5 | ((s >> 24) & 1) << 6 | ((s >> 29) & 1) << 7);
}

/* Fills sent and returns its length. */
static int make_image(gboolean plain)
{
	guint8 number = 3, *out = sent + HEADER;
	guint32 state = key_of(number);
	int line = 0;

	memset(sent, 0, sizeof sent);
	sent[4] = STORED & 0xff;
	sent[5] = STORED >> 8;
	sent[6] = number;
	for (gsize i = 0; i < G_N_ELEMENTS(runs); i++) {
		guint8 flags = plain ? runs[i].flags & 0x01 : runs[i].flags;
		int count = runs[i].lines * WIDTH;

		sent[16 + 2 * i] = flags;
		sent[17 + 2 * i] = runs[i].lines;
		if (flags & 0x80)
			state = key_of(++number);
		if (flags & 0x02)
			*out = 0xa5; /* the data are shifted by one: this byte means nothing */
		for (int k = 0; k < count; k++) {
			/* from the last line to the first, from right to left, light on dark */
			guint8 pixel = (guint8)~ground[(HEIGHT - line) * WIDTH - 1 - k];
			if (!(flags & 0x01)) {
				if (!(flags & 0x02))
					out[k] = pixel;
				else if (k + 1 < count)
					out[k + 1] = pixel ^ veil(state);
			}
			if (!(flags & 0x04))
				state = step(state);
		}
		if (!(flags & 0x01))
			out += count;
		line += runs[i].lines;
	}
	return (int)(out - sent);
}

/* ---- transfers ---- */

static struct usbdevfs_urb *urb_of(struct transfer *t) { return (struct usbdevfs_urb *)t->urb->data; }

static void finish(struct transfer *t, int result, const void *data, int length, int ms)
{
	if (data)
		memcpy(t->buffer->data + (urb_of(t)->type == USBDEVFS_URB_TYPE_CONTROL ? 8 : 0), data, (size_t)length);
	t->status = result;
	t->length = length;
	t->done = TRUE;
	t->due = g_get_monotonic_time() + ms * 1000;
}

static void interrupt(guint16 code, int ms)
{
	struct interrupt i = {g_get_monotonic_time() + ms * 1000, code};
	g_array_append_val(interrupts, i);
}

static gboolean take_away(gpointer unused)
{
	(void)unused;
	umockdev_testbed_uevent(bed, syspath, "remove");
	umockdev_testbed_remove_device(bed, syspath);
	return G_SOURCE_REMOVE;
}

/* Ends what is pending; the bus forgets the device once the lock is free. */
static void unplug(void)
{
	if (!present)
		return;
	present = FALSE;
	for (guint i = 0; i < transfers->len; i++)
		finish(transfers->pdata[i], -ESHUTDOWN, NULL, 0, 0);
	g_array_set_size(interrupts, 0);
	g_idle_add(take_away, NULL);
}

static void plug(void)
{
	GError *error = NULL;

	if (present)
		return;
	present = TRUE;
	finger = scanning = FALSE;
	status = 0x01;
	mode = 0;
	set_fault("none");
	g_ptr_array_set_size(transfers, 0);
	umockdev_testbed_add_from_string(bed, stanza, &error);
	g_assert_no_error(error);
	umockdev_testbed_uevent(bed, syspath, "add");
}

static void set_mode(guint8 value)
{
	mode = value;
	if (value == 0x10 && is("vanish-waiting"))
		unplug();
	else if (value == 0x10 && finger)
		interrupt(0x0101, 20);
	else if (value == 0x12 && !finger)
		interrupt(0x0200, 20);
	else if (value == 0x20) {
		scans++;
		scanning = TRUE;
	} else if (value == 0x70) {
		g_array_set_size(interrupts, 0);
	}
}

static void set_status(guint8 value)
{
	gboolean stuck = (status & 0x84) == 0x84; /* the first write only brings it to order */
	gboolean waking = !stuck && (status & 0x80) && !(value & 0x80);

	status = stuck ? 0x01 : value;
	if (!waking || is("dead"))
		return;
	if (is("dark")) {
		set_fault("none");
		return;
	}
	interrupt(0x56aa, 3);
	interrupt(0x56aa, 9); /* real readers repeat it */
}

static void get_string(struct transfer *t, int index, int wanted)
{
	static const guint8 languages[] = {4, 3, 0x09, 0x04};
	static const char serial[] = "TRAM-0007";
	guint8 text[2 + 2 * (sizeof serial - 1)] = {sizeof text, 3};

	for (gsize i = 0; i < sizeof serial - 1; i++)
		text[2 + 2 * i] = (guint8)serial[i];
	if (index == 0)
		finish(t, 0, languages, MIN(wanted, (int)sizeof languages), 0);
	else if (index == 3)
		finish(t, 0, text, MIN(wanted, (int)sizeof text), 0);
	else
		finish(t, -EPIPE, NULL, 0, 0);
}

static void read_register(struct transfer *t, int reg, int wanted)
{
	static const guint8 about[16] = {0, 0, 0, 0, 0x02, 0x07, 0, 0, 0, 0, 0x01, 0x09};
	guint32 answer = GUINT32_TO_LE(key_of(key_number) ^ key_seed);

	if (reg == 0x07)
		finish(t, 0, &status, 1, 0);
	else if (reg == 0xf0)
		finish(t, 0, about, MIN(wanted, 16), 0);
	else if (reg == 0x34 && wanted == 4)
		finish(t, 0, &answer, 4, 0);
	else
		finish(t, -EPIPE, NULL, 0, 0);
}

static void control(struct transfer *t)
{
	const guint8 *b = t->buffer->data, *data = b + 8;
	int value = b[2] | b[3] << 8, length = b[6] | b[7] << 8;

	if (is("mute"))
		return;
	if (b[0] == 0x80 && b[1] == 0x06 && b[3] == 3)
		get_string(t, b[2], length);
	else if (b[0] == 0xc0 && b[1] == 0x04)
		read_register(t, value, length);
	else if (b[0] == 0x40 && b[1] == 0x04) {
		finish(t, 0, NULL, length, 0);
		if (value == 0x07 && length == 1)
			set_status(data[0]);
		else if (value == 0x4e && length == 1)
			set_mode(data[0]);
		else if (value == 0x33 && length == 5) {
			key_number = data[0];
			key_seed = data[1] | data[2] << 8 | data[3] << 16 | (guint32)data[4] << 24;
			keys++;
		} else
			finish(t, -EPIPE, NULL, 0, 0);
	} else
		finish(t, -EPIPE, NULL, 0, 0);
}

/* Answers the bulk read; a fault happens once. */
static void shoot(struct transfer *t)
{
	int length = make_image(is("plain"));

	if (is("silent"))
		return;
	scanning = FALSE;
	if (is("stall"))
		finish(t, -EPIPE, NULL, 0, 20);
	else if (is("proto"))
		finish(t, -EPROTO, NULL, 0, 20);
	else if (is("overflow"))
		finish(t, -EOVERFLOW, NULL, 0, 20);
	else if (is("short"))
		finish(t, 0, sent, 40000, 20);
	else if (is("empty")) {
		interrupt(0x0800, 0);
		finish(t, 0, NULL, 0, 20);
	} else if (is("announced")) {
		interrupt(0x0800, 0);
		finish(t, 0, sent, length, 100);
	} else if (is("flip")) {
		sent[HEADER + 100 * WIDTH] ^= 1;
		finish(t, 0, sent, length, 20);
	} else if (is("vanish"))
		unplug();
	else
		finish(t, 0, sent, length, 20);
	set_fault("none");
}

/* Gives interrupts and the image to transfers that wait for them. */
static void pump(void)
{
	gint64 now = g_get_monotonic_time();

	for (guint i = 0; i < transfers->len; i++) {
		struct transfer *t = transfers->pdata[i];
		if (t->done)
			continue;
		if (urb_of(t)->type == USBDEVFS_URB_TYPE_BULK && scanning) {
			shoot(t);
		} else if (urb_of(t)->type == USBDEVFS_URB_TYPE_INTERRUPT && interrupts->len > 0) {
			struct interrupt next = g_array_index(interrupts, struct interrupt, 0);
			guint8 packet[64] = {(guint8)(next.code >> 8), (guint8)next.code, 0x02, 0x00};
			if (next.due > now)
				continue;
			g_array_remove_index(interrupts, 0);
			finish(t, 0, packet, sizeof packet, 0);
		}
	}
}

/* ---- usbdevfs ---- */

static void submit(UMockdevIoctlClient *client, UMockdevIoctlData *arg)
{
	UMockdevIoctlData *data = umockdev_ioctl_data_resolve(arg, 0, sizeof(struct usbdevfs_urb), NULL);
	struct usbdevfs_urb *urb = (struct usbdevfs_urb *)data->data;
	struct transfer *t = g_new0(struct transfer, 1);

	t->urb = g_object_ref(data);
	if (urb->buffer_length > 0)
		t->buffer = umockdev_ioctl_data_resolve(data, G_STRUCT_OFFSET(struct usbdevfs_urb, buffer),
							(gsize)urb->buffer_length, NULL);
	if (t->buffer)
		g_object_ref(t->buffer);
	g_ptr_array_add(transfers, t);
	if (urb->type == USBDEVFS_URB_TYPE_CONTROL)
		control(t);
	umockdev_ioctl_client_complete(client, 0, 0);
}

static void discard(UMockdevIoctlClient *client, UMockdevIoctlData *arg)
{
	for (guint i = 0; i < transfers->len; i++) {
		struct transfer *t = transfers->pdata[i];
		if (t->urb->client_addr != *(gulong *)arg->data || t->done)
			continue;
		finish(t, -ENOENT, NULL, 0, 0);
		umockdev_ioctl_client_complete(client, 0, 0);
		return;
	}
	umockdev_ioctl_client_complete(client, -1, present ? EINVAL : ENODEV);
}

static void reap(UMockdevIoctlClient *client, UMockdevIoctlData *arg)
{
	gint64 now = g_get_monotonic_time();

	pump();
	for (guint i = 0; i < transfers->len; i++) {
		struct transfer *t = transfers->pdata[i];
		if (!t->done || t->due > now)
			continue;
		UMockdevIoctlData *data = umockdev_ioctl_data_resolve(arg, 0, sizeof(void *), NULL);
		urb_of(t)->status = t->status;
		urb_of(t)->actual_length = t->length;
		umockdev_ioctl_data_set_ptr(data, 0, t->urb);
		g_ptr_array_remove_index(transfers, i);
		umockdev_ioctl_client_complete(client, 0, 0);
		return;
	}
	umockdev_ioctl_client_complete(client, -1, present ? EAGAIN : ENODEV);
}

static gboolean on_ioctl(UMockdevIoctlBase *base, UMockdevIoctlClient *client, gpointer unused)
{
	UMockdevIoctlData *arg = umockdev_ioctl_client_get_arg(client);

	(void)base;
	(void)unused;
	g_mutex_lock(&lock);
	switch (umockdev_ioctl_client_get_request(client)) {
	case USBDEVFS_GET_CAPABILITIES:
		*(guint32 *)umockdev_ioctl_data_resolve(arg, 0, sizeof(guint32), NULL)->data =
			USBDEVFS_CAP_ZERO_PACKET | USBDEVFS_CAP_BULK_CONTINUATION | USBDEVFS_CAP_NO_PACKET_SIZE_LIM |
			USBDEVFS_CAP_BULK_SCATTER_GATHER | USBDEVFS_CAP_REAP_AFTER_DISCONNECT;
		umockdev_ioctl_client_complete(client, 0, 0);
		break;
	case USBDEVFS_CLAIMINTERFACE:
		/* As if another program held it. A second client in earnest is no
		 * way to try it: umockdev may lose the first when the second leaves. */
		if (is("held"))
			umockdev_ioctl_client_complete(client, -1, EBUSY);
		else
			umockdev_ioctl_client_complete(client, present ? 0 : -1, present ? 0 : ENODEV);
		break;
	case USBDEVFS_RESET:
		resets++;
		umockdev_ioctl_client_complete(client, present ? 0 : -1, present ? 0 : ENODEV);
		break;
	case USBDEVFS_RELEASEINTERFACE:
		umockdev_ioctl_client_complete(client, present ? 0 : -1, present ? 0 : ENODEV);
		break;
	case USBDEVFS_SUBMITURB:
		if (present)
			submit(client, arg);
		else
			umockdev_ioctl_client_complete(client, -1, ENODEV);
		break;
	case USBDEVFS_DISCARDURB:
		discard(client, arg);
		break;
	case USBDEVFS_REAPURB:
	case USBDEVFS_REAPURBNDELAY:
		reap(client, arg);
		break;
	case USBDEVFS_GETDRIVER:
	case USBDEVFS_IOCTL: /* no kernel driver is bound */
		umockdev_ioctl_client_complete(client, -1, ENODATA);
		break;
	default:
		umockdev_ioctl_client_complete(client, -1, ENOTTY);
	}
	g_mutex_unlock(&lock);
	return TRUE;
}

/* ---- orders ---- */

static void obey(char *order, FILE *answers)
{
	g_mutex_lock(&lock);
	if (g_str_has_prefix(order, "finger ")) {
		gboolean on = strcmp(order + 7, "on") == 0;
		if (on != finger && mode == (on ? 0x10 : 0x12))
			interrupt(on ? 0x0101 : 0x0200, 20);
		finger = on;
	} else if (g_str_has_prefix(order, "fault ")) {
		set_fault(order + 6);
	} else if (strcmp(order, "stuck") == 0) {
		status = 0x85;
	} else if (strcmp(order, "unplug") == 0) {
		unplug();
	} else if (strcmp(order, "plug") == 0) {
		plug();
	}
	fprintf(answers, "mode=%02x status=%02x scans=%d resets=%d keys=%d\n", mode, status, scans, resets, keys);
	fflush(answers);
	g_mutex_unlock(&lock);
}

static gboolean on_order(GIOChannel *orders, GIOCondition condition, gpointer answers)
{
	char *line = NULL;

	(void)condition;
	if (g_io_channel_read_line(orders, &line, NULL, NULL, NULL) != G_IO_STATUS_NORMAL)
		return G_SOURCE_REMOVE;
	obey(g_strchomp(line), answers);
	g_free(line);
	return G_SOURCE_CONTINUE;
}

static void on_exit_of_command(GPid pid, gint wait_status, gpointer unused)
{
	(void)pid;
	(void)unused;
	exit_status = WIFEXITED(wait_status) ? WEXITSTATUS(wait_status) : 1;
	g_main_loop_quit(loop);
}

static GPid start(char **command, int orders[2], int answers[2])
{
	pid_t pid = fork();

	if (pid != 0)
		return pid;
	/* out of the way of 3 and 4 first */
	int to = dup2(orders[1], 100), from = dup2(answers[0], 101);
	if (to < 0 || from < 0 || dup2(to, 3) < 0 || dup2(from, 4) < 0)
		_exit(126);
	close(to);
	close(from);
	execvp(command[0], command);
	_exit(127);
}

int main(int argc, char **argv)
{
	GError *error = NULL;
	char *image;
	gsize size;
	int orders[2], answers[2];

	if (argc < 3 || !g_file_get_contents(argv[1], &image, &size, &error) || size != sizeof ground) {
		fprintf(stderr, "fakereader: IMAGE of %d bytes and a COMMAND are needed\n", (int)sizeof ground);
		return 2;
	}
	memcpy(ground, image, size);
	transfers = g_ptr_array_new();
	interrupts = g_array_new(FALSE, FALSE, sizeof(struct interrupt));
	bed = umockdev_testbed_new();
	umockdev_testbed_add_from_string(bed, stanza, &error);
	g_assert_no_error(error);
	UMockdevIoctlBase *usbdevfs = umockdev_ioctl_base_new();
	g_signal_connect(usbdevfs, "handle-ioctl", G_CALLBACK(on_ioctl), NULL);
	umockdev_testbed_attach_ioctl(bed, devnode, usbdevfs, &error);
	g_assert_no_error(error);
	if (pipe(orders) != 0 || pipe(answers) != 0)
		return 1;
	loop = g_main_loop_new(NULL, FALSE);
	g_child_watch_add(start(argv + 2, orders, answers), on_exit_of_command, NULL);
	close(orders[1]);
	close(answers[0]);
	g_io_add_watch(g_io_channel_unix_new(orders[0]), G_IO_IN | G_IO_HUP, on_order, fdopen(answers[1], "w"));
	g_main_loop_run(loop);
	return exit_status;
}
