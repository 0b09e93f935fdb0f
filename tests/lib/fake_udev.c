#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/*
 * The part of libudev that pcscd uses, preloaded into the tests' one, so that
 * its own hot-plug code runs: devices on USB are the folders of
 *
 *	$FAKE_SYSFS/bus/usb/devices/1-1/	busnum devnum idVendor ...
 *
 * and a line "add 1-1" or "remove 1-1" in the pipe $FAKE_SYSFS/events says
 * that one came or went.  Each has one interface, "1-1:1.0"; the path that
 * the driver is given as its device node is that of the folder.
 */
#define DEVICES		"bus/usb/devices"
#define PATH_ROOM	512
#define MAX		64

struct udev { int unused; };

struct udev_monitor { int fd; };

struct udev_list_entry {
	struct udev_list_entry	*next;
	char			 name[PATH_ROOM];
};

struct udev_enumerate {
	struct udev_list_entry	entries[MAX];
	size_t			n;
};

/* An interface, or with its own address in parent the device. */
struct udev_device {
	struct udev_device	*parent;
	char			 path[PATH_ROOM];	/* the folder */
	char			 sysname[64], action[16], value[128];
};

/* As <libudev.h> has them, which need not be installed. */
struct udev	*udev_new(void);
struct udev	*udev_unref(struct udev *);
struct udev_monitor *udev_monitor_new_from_netlink(struct udev *,
		    const char *);
int		 udev_monitor_filter_add_match_subsystem_devtype(
		    struct udev_monitor *, const char *, const char *);
int		 udev_monitor_enable_receiving(struct udev_monitor *);
int		 udev_monitor_get_fd(struct udev_monitor *);
struct udev_device *udev_monitor_receive_device(struct udev_monitor *);
struct udev_enumerate *udev_enumerate_new(struct udev *);
int		 udev_enumerate_add_match_subsystem(struct udev_enumerate *,
		    const char *);
int		 udev_enumerate_scan_devices(struct udev_enumerate *);
struct udev_list_entry *udev_enumerate_get_list_entry(
		    struct udev_enumerate *);
struct udev_enumerate *udev_enumerate_unref(struct udev_enumerate *);
struct udev_list_entry *udev_list_entry_get_next(struct udev_list_entry *);
const char	*udev_list_entry_get_name(struct udev_list_entry *);
struct udev_device *udev_device_new_from_syspath(struct udev *, const char *);
struct udev_device *udev_device_unref(struct udev_device *);
struct udev_device *udev_device_get_parent_with_subsystem_devtype(
		    struct udev_device *, const char *, const char *);
const char	*udev_device_get_devnode(struct udev_device *);
const char	*udev_device_get_sysattr_value(struct udev_device *,
		    const char *);
const char	*udev_device_get_sysname(struct udev_device *);
const char	*udev_device_get_action(struct udev_device *);

static const char *
base(void)
{
	const char *s = getenv("FAKE_SYSFS");

	return (s == NULL ? "/nonexistent" : s);
}

struct udev *
udev_new(void)
{
	return (calloc(1, sizeof(struct udev)));
}

struct udev *
udev_unref(struct udev *u)
{
	free(u);
	return (NULL);
}

/* --- what comes and goes --- */

/* Open for writing too, so that it never ends. */
struct udev_monitor *
udev_monitor_new_from_netlink(struct udev *u, const char *name)
{
	struct udev_monitor *m = calloc(1, sizeof(*m));
	char path[PATH_ROOM];

	(void)u;
	(void)name;
	if (m == NULL)
		return (NULL);
	snprintf(path, sizeof(path), "%s/events", base());
	m->fd = open(path, O_RDWR | O_NONBLOCK | O_CLOEXEC);
	return (m);
}

int
udev_monitor_filter_add_match_subsystem_devtype(struct udev_monitor *m,
    const char *subsystem, const char *devtype)
{
	(void)m;
	(void)subsystem;
	(void)devtype;
	return (0);
}

int
udev_monitor_enable_receiving(struct udev_monitor *m)
{
	return (m->fd == -1 ? -1 : 0);
}

int
udev_monitor_get_fd(struct udev_monitor *m)
{
	return (m->fd);
}

static struct udev_device *
device_new(const char *port, const char *action)
{
	struct udev_device *d = calloc(1, sizeof(*d));

	if (d == NULL || (d->parent = calloc(1, sizeof(*d))) == NULL) {
		free(d);
		return (NULL);
	}
	snprintf(d->path, sizeof(d->path), "%s/" DEVICES "/%s", base(), port);
	memcpy(d->parent->path, d->path, sizeof(d->path));
	snprintf(d->sysname, sizeof(d->sysname), "%s:1.0", port);
	snprintf(d->action, sizeof(d->action), "%s", action);
	return (d);
}

struct udev_device *
udev_monitor_receive_device(struct udev_monitor *m)
{
	char line[128], action[16], port[48];
	size_t n = 0;

	while (n < sizeof(line) - 1 && read(m->fd, line + n, 1) == 1 &&
	    line[n] != '\n')
		n++;
	line[n] = '\0';
	if (sscanf(line, "%15s %47s", action, port) != 2)
		return (NULL);
	return (device_new(port, action));
}

/* --- what is there --- */

struct udev_enumerate *
udev_enumerate_new(struct udev *u)
{
	(void)u;
	return (calloc(1, sizeof(struct udev_enumerate)));
}

int
udev_enumerate_add_match_subsystem(struct udev_enumerate *e, const char *name)
{
	(void)e;
	(void)name;
	return (0);
}

static int
by_name(const void *a, const void *b)
{
	const struct udev_list_entry *x = a, *y = b;

	return (strcmp(x->name, y->name));
}

int
udev_enumerate_scan_devices(struct udev_enumerate *e)
{
	char path[PATH_ROOM];
	struct dirent *f;
	DIR *d;

	snprintf(path, sizeof(path), "%s/" DEVICES, base());
	if ((d = opendir(path)) == NULL)
		return (-1);
	while (e->n < MAX && (f = readdir(d)) != NULL) {
		if (f->d_name[0] != '.')
			snprintf(e->entries[e->n++].name, PATH_ROOM, "%s",
			    f->d_name);
	}
	closedir(d);
	qsort(e->entries, e->n, sizeof(e->entries[0]), by_name);
	for (size_t i = 0; i + 1 < e->n; i++)
		e->entries[i].next = &e->entries[i + 1];
	return (0);
}

struct udev_list_entry *
udev_enumerate_get_list_entry(struct udev_enumerate *e)
{
	return (e->n == 0 ? NULL : &e->entries[0]);
}

struct udev_enumerate *
udev_enumerate_unref(struct udev_enumerate *e)
{
	free(e);
	return (NULL);
}

struct udev_list_entry *
udev_list_entry_get_next(struct udev_list_entry *e)
{
	return (e->next);
}

const char *
udev_list_entry_get_name(struct udev_list_entry *e)
{
	return (e->name);
}

/* --- one device --- */

struct udev_device *
udev_device_new_from_syspath(struct udev *u, const char *name)
{
	(void)u;
	return (device_new(name, "add"));
}

struct udev_device *
udev_device_unref(struct udev_device *d)
{
	free(d->parent);
	free(d);
	return (NULL);
}

struct udev_device *
udev_device_get_parent_with_subsystem_devtype(struct udev_device *d,
    const char *subsystem, const char *devtype)
{
	(void)subsystem;
	(void)devtype;
	return (d->parent);
}

const char *
udev_device_get_devnode(struct udev_device *d)
{
	return (access(d->path, F_OK) == 0 ? d->path : NULL);
}

const char *
udev_device_get_sysattr_value(struct udev_device *d, const char *name)
{
	char path[PATH_ROOM + 64];
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", d->path, name);
	if ((f = fopen(path, "re")) == NULL)
		return (NULL);
	if (fgets(d->value, sizeof(d->value), f) == NULL)
		d->value[0] = '\0';
	fclose(f);
	d->value[strcspn(d->value, "\n")] = '\0';
	return (d->value[0] == '\0' ? NULL : d->value);
}

const char *
udev_device_get_sysname(struct udev_device *d)
{
	return (d->sysname);
}

const char *
udev_device_get_action(struct udev_device *d)
{
	return (d->action);
}
