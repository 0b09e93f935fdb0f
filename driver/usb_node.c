#include <dirent.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "driver/usb_node.h"

#define DEVICES		"/sys/bus/usb/devices"
#define CLASS_CARD	0x0b	/* USB base class of card readers */

/* One line of a file of sysfs, without its end and what is not ASCII. */
static int
read_line(const char *dir, const char *name, char *out, size_t room)
{
	char path[PATH_MAX];
	FILE *f;

	out[0] = '\0';
	if (snprintf(path, sizeof(path), "%s/%s", dir, name) >=
	    (int)sizeof(path) || (f = fopen(path, "re")) == NULL)
		return (0);
	if (fgets(out, (int)room, f) == NULL)
		out[0] = '\0';
	fclose(f);
	out[strcspn(out, "\r\n")] = '\0';
	for (char *p = out; *p != '\0'; p++) {
		if (*p < 0x20 || *p > 0x7e)
			*p = '?';
	}
	return (out[0] != '\0');
}

static unsigned
read_number(const char *dir, const char *name, int base)
{
	char text[USB_TEXT];

	if (!read_line(dir, name, text, sizeof(text)))
		return (0);
	return ((unsigned)strtoul(text, NULL, base));
}

/* The last part of where the link "driver" leads. */
static void
read_holder(const char *dir, char out[USB_TEXT])
{
	char path[PATH_MAX], to[PATH_MAX];
	const char *last;
	ssize_t n;

	if (snprintf(path, sizeof(path), "%s/driver", dir) >=
	    (int)sizeof(path) ||
	    (n = readlink(path, to, sizeof(to) - 1)) <= 0)
		return;
	to[n] = '\0';
	last = strrchr(to, '/');
	last = last == NULL ? to : last + 1;
	if (strlen(last) < USB_TEXT)
		memcpy(out, last, strlen(last) + 1);
}

/* "1-2:1.0" is an interface of "1-2". */
static void
add_interface(const char *base, const char *name, struct usb_node *d)
{
	size_t len = strlen(d->path);
	char dir[PATH_MAX];

	if (strncmp(name, d->path, len) != 0 || name[len] != ':' ||
	    snprintf(dir, sizeof(dir), "%s/%s", base, name) >=
	    (int)sizeof(dir))
		return;
	if (read_number(dir, "bInterfaceClass", 16) == CLASS_CARD)
		d->ccid = 1;
	read_holder(dir, d->holder);
}

static int
add_device(const char *base, const char *name, struct usb_node *d)
{
	char dir[PATH_MAX], power[USB_TEXT];

	*d = (struct usb_node){ .bus = 0 };
	if (strchr(name, ':') != NULL || strlen(name) >= sizeof(d->path) ||
	    snprintf(dir, sizeof(dir), "%s/%s", base, name) >=
	    (int)sizeof(dir))
		return (0);
	memcpy(d->path, name, strlen(name) + 1);
	d->vid = (uint16_t)read_number(dir, "idVendor", 16);
	d->pid = (uint16_t)read_number(dir, "idProduct", 16);
	d->firmware = (uint16_t)read_number(dir, "bcdDevice", 16);
	d->bus = read_number(dir, "busnum", 10);
	d->number = read_number(dir, "devnum", 10);
	(void)read_line(dir, "product", d->product, sizeof(d->product));
	(void)read_line(dir, "power/control", power, sizeof(power));
	d->autosuspend = strcmp(power, "auto") == 0;
	return (d->vid != 0);
}

static void
add_interfaces(const char *base, DIR *dir, struct usb_node *rows, size_t n)
{
	struct dirent *e;

	rewinddir(dir);
	while ((e = readdir(dir)) != NULL) {
		for (size_t i = 0; i < n; i++)
			add_interface(base, e->d_name, &rows[i]);
	}
}

enum err
usb_nodes(const char *root, struct usb_node *rows, size_t max, size_t *n)
{
	struct usb_node d;
	char base[PATH_MAX];
	struct dirent *e;
	DIR *dir;

	*n = 0;
	if (snprintf(base, sizeof(base), "%s" DEVICES, root) >=
	    (int)sizeof(base))
		return (ERR_TOOBIG);
	if ((dir = opendir(base)) == NULL)
		return (ERR_OK);
	while ((e = readdir(dir)) != NULL) {
		if (e->d_name[0] == '.' || !add_device(base, e->d_name, &d))
			continue;
		if (*n < max)
			rows[*n] = d;
		(*n)++;
	}
	add_interfaces(base, dir, rows, *n < max ? *n : max);
	closedir(dir);
	return (ERR_OK);
}
