/* Exposure, white balance and gain of the shim's camera; see v4l2shim.c for the
 * variables. Included once. */
#include <errno.h>
#include <linux/videodev2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What a UVC camera lets be set, with its limits and what it begins with. */
static struct control {
	const char *name;
	__u32 id, type;
	__s32 min, max, value;
} controls[] = {
	{"exposure-auto", V4L2_CID_EXPOSURE_AUTO, V4L2_CTRL_TYPE_MENU, 0, 3, 1},
	{"exposure", V4L2_CID_EXPOSURE_ABSOLUTE, V4L2_CTRL_TYPE_INTEGER, 3, 2047, 250},
	{"white-balance-auto", V4L2_CID_AUTO_WHITE_BALANCE, V4L2_CTRL_TYPE_BOOLEAN, 0, 1, 0},
	{"white-balance", V4L2_CID_WHITE_BALANCE_TEMPERATURE, V4L2_CTRL_TYPE_INTEGER, 2000, 6500, 4000},
	{"gain", V4L2_CID_GAIN, V4L2_CTRL_TYPE_INTEGER, 0, 255, 64},
};

static int fail(int why)
{
	errno = why;
	return -1;
}

static struct control *find(__u32 id)
{
	const char *offered = getenv("V4L2SHIM_CONTROLS");

	for (size_t i = 0; offered && i < sizeof controls / sizeof controls[0]; i++)
		if (controls[i].id == id)
			return &controls[i];
	return NULL;
}

static int query_control(struct v4l2_queryctrl *q)
{
	struct control *c = find(q->id);

	if (!c)
		return fail(EINVAL);
	memset(q, 0, sizeof *q);
	q->id = c->id;
	q->type = c->type;
	snprintf((char *)q->name, sizeof q->name, "%s", c->name);
	q->minimum = c->min;
	q->maximum = c->max;
	q->step = 1;
	q->default_value = c->value;
	return 0;
}

static int set_control(const struct v4l2_control *want)
{
	struct control *c = find(want->id);
	FILE *log;

	if (!c)
		return fail(EINVAL);
	if (want->value < c->min || want->value > c->max)
		return fail(ERANGE);
	if (strcmp(getenv("V4L2SHIM_CONTROLS"), "stubborn") == 0)
		return fail(EIO);
	/* As UVC cameras: by itself is 3, by hand 1. */
	if (c->id == V4L2_CID_EXPOSURE_AUTO && want->value != 1 && want->value != 3)
		return fail(EINVAL);
	c->value = want->value;
	log = getenv("V4L2SHIM_LOG") ? fopen(getenv("V4L2SHIM_LOG"), "ae") : NULL;
	if (log) {
		fprintf(log, "%s=%d\n", c->name, c->value);
		fclose(log);
	}
	return 0;
}

static int get_control(struct v4l2_control *into)
{
	struct control *c = find(into->id);

	if (!c)
		return fail(EINVAL);
	into->value = c->value;
	return 0;
}
