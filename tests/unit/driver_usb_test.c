#include <sys/stat.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "driver/usb.h"

#define LEN(a)	(sizeof(a) / sizeof((a)[0]))

/* --- a sysfs of our own --- */

static char root[] = "/tmp/usb_test.XXXXXX";

static void
put(const char *device, const char *name, const char *text)
{
	char path[256];
	FILE *f;

	snprintf(path, sizeof(path), "%s/bus/usb/devices/%s", root, device);
	(void)mkdir(path, 0700);
	snprintf(path, sizeof(path), "%s/bus/usb/devices/%s/%s", root, device,
	    name);
	assert_non_null(f = fopen(path, "w"));
	assert_true(fputs(text, f) >= 0);
	assert_int_equal(fclose(f), 0);
}

static void
put_device(const char *port, const char *bus, const char *device)
{
	put(port, "busnum", bus);
	put(port, "devnum", device);
	put(port, "idVendor", "072f\n");
	put(port, "idProduct", "223b\n");
}

static int
set_up(void **state)
{
	char cmd[128];

	(void)state;
	if (mkdtemp(root) == NULL)
		return (-1);
	snprintf(cmd, sizeof(cmd), "mkdir -p %s/bus/usb/devices", root);
	if (system(cmd) != 0)
		return (-1);
	put_device("usb1", "1\n", "1\n");
	put_device("1-2", "1\n", "7\n");
	put_device("1-2.3", "1\n", "12\n");
	put("1-2.3", "serial", "RR123-004567\n");
	put_device("2-1", "2\n", "7\n");
	put("2-1", "serial", "\n");
	put_device("1-2:1.0", "1\n", "99\n");
	put("3-1", "busnum", "3\n");		/* half a device */
	put("4-1", "busnum", "");
	put("4-1", "devnum", "four\n");
	return (setenv("SHIKAKU_SYSFS", root, 1));
}

static int
tear_down(void **state)
{
	char cmd[128];

	(void)state;
	snprintf(cmd, sizeof(cmd), "rm -rf %s", root);
	return (system(cmd));
}

static const struct {
	unsigned	 bus, device;
	const char	*port, *serial;
} devices[] = {
	{ 1, 7, "1-2", "" },
	{ 1, 12, "1-2.3", "RR123-004567" },
	{ 2, 7, "2-1", "" },
	{ 1, 1, "", "" },		/* the root hub */
	{ 1, 99, "", "" },		/* an interface */
	{ 1, 8, "", "" },
	{ 3, 7, "", "" },
	{ 9, 9, "", "" },
};

static void
found_by_its_number(void **state)
{
	struct usb_device d;

	(void)state;
	for (size_t i = 0; i < LEN(devices); i++) {
		usb_find(devices[i].bus, devices[i].device, &d);
		assert_string_equal(d.port, devices[i].port);
		assert_string_equal(d.serial, devices[i].serial);
		assert_int_equal(d.vendor, d.port[0] == '\0' ? 0 : 0x072f);
		assert_int_equal(d.product, d.port[0] == '\0' ? 0 : 0x223b);
	}
}

static void
no_sysfs(void **state)
{
	struct usb_device d;

	(void)state;
	assert_int_equal(setenv("SHIKAKU_SYSFS", "/nonexistent", 1), 0);
	usb_find(1, 7, &d);
	assert_string_equal(d.port, "");
	assert_int_equal(setenv("SHIKAKU_SYSFS", root, 1), 0);
}

static const char *const ports[] = { "1-2", "1-2.3", "12-4.1.3", "3-10" };
static const char *const none[] = { "", "1", "1-", "-1", "1-2.", "1.2",
    "1-2-3", "1-2.3-4", "usb1", "1-2:1.0", "a-b", "1-2 ", " 1-2", "1-.2",
    "1-2..3", "1-2.3.4.5.6.7.8.9.10.11.12.13.14" };

static void
what_is_a_port(void **state)
{
	(void)state;
	for (size_t i = 0; i < LEN(ports); i++)
		assert_true(usb_is_port(ports[i]));
	for (size_t i = 0; i < LEN(none); i++)
		assert_false(usb_is_port(none[i]));
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(found_by_its_number),
		cmocka_unit_test(no_sysfs),
		cmocka_unit_test(what_is_a_port),
	};

	return (cmocka_run_group_tests(tests, set_up, tear_down));
}
