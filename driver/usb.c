#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "driver/usb.h"

#define SYSFS_ENV	"SHIKAKU_SYSFS"
#define DEVICES		"/bus/usb/devices"
#define PATH_ROOM	512

static const char *
sysfs(void)
{
	const char *root = getenv(SYSFS_ENV);

	return (root == NULL || root[0] == '\0' ? "/sys" : root);
}

/* The first line of DEVICE/NAME without its end, cut to room; "" if none. */
static void
read_line(const char *device, const char *name, char *out, size_t room)
{
	char path[PATH_ROOM];
	FILE *f = NULL;

	out[0] = '\0';
	if (snprintf(path, sizeof(path), "%s" DEVICES "/%s/%s", sysfs(),
	    device, name) >= (int)sizeof(path) ||
	    (f = fopen(path, "re")) == NULL)
		return;
	if (fgets(out, (int)room, f) == NULL)
		out[0] = '\0';
	out[strcspn(out, "\n")] = '\0';
	fclose(f);
}

static unsigned long
read_number(const char *device, const char *name, int base)
{
	char text[16];

	read_line(device, name, text, sizeof(text));
	return (strtoul(text, NULL, base));
}

/* Digits; how many. */
static size_t
digits(const char *s)
{
	return (strspn(s, "0123456789"));
}

int
usb_is_port(const char *s)
{
	size_t n, len = strlen(s);
	char next = '-';

	if (len >= USB_PORT)
		return (0);
	while ((n = digits(s)) > 0 && s[n] == next) {
		s += n + 1;
		next = '.';
	}
	return (next == '.' && n > 0 && s[n] == '\0');
}

/* Interfaces ("1-2:1.0") and root hubs ("usb1") are no devices to us. */
static int
is_at(const char *name, unsigned bus, unsigned device)
{
	return (usb_is_port(name) && read_number(name, "busnum", 10) == bus &&
	    read_number(name, "devnum", 10) == device);
}

void
usb_find(unsigned bus, unsigned device, struct usb_device *out)
{
	char path[PATH_ROOM];
	struct dirent *e;
	DIR *d;

	*out = (struct usb_device){ .port = "" };
	if (snprintf(path, sizeof(path), "%s" DEVICES, sysfs()) >=
	    (int)sizeof(path) || (d = opendir(path)) == NULL)
		return;
	while ((e = readdir(d)) != NULL && !is_at(e->d_name, bus, device))
		continue;
	if (e != NULL) {
		snprintf(out->port, sizeof(out->port), "%.*s", USB_PORT - 1,
		    e->d_name);
		read_line(out->port, "serial", out->serial,
		    sizeof(out->serial));
		out->vendor = (uint16_t)read_number(out->port, "idVendor", 16);
		out->product = (uint16_t)read_number(out->port, "idProduct",
		    16);
	}
	closedir(d);
}
