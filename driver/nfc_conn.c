#include <stdio.h>
#include <string.h>

#include "driver/nfc_conn.h"

/* What follows the driver's name. */
enum shape {
	SHAPE_UART,	/* /dev/NAME[:SPEED], SPEED of the list below */
	SHAPE_FILE,	/* /dev/NAME[:HERTZ] */
	SHAPE_USB	/* BUS:DEVICE, three digits each */
};

/* Those of Debian's libnfc that drive a Type B reader of ours
 * (card-and-readers.md 6.1); only pn532_uart was ever run. */
static const struct {
	const char	*name;
	enum shape	 shape;
} drivers[] = {
	{ "pn532_uart",	SHAPE_UART },
	{ "pn532_i2c",	SHAPE_FILE },
	{ "pn532_spi",	SHAPE_FILE },
	{ "pn53x_usb",	SHAPE_USB },
	{ "acr122_usb",	SHAPE_USB },
};

/* libnfc/buses/uart.c: any other leaves the line at the speed it had. */
static const char *const speeds[] = { "9600", "19200", "38400", "57600",
    "115200", "230400", "460800" };

static const char digits[] = "0123456789";

static int
is_speed(const char *s)
{
	for (size_t i = 0; i < sizeof(speeds) / sizeof(speeds[0]); i++) {
		if (strcmp(speeds[i], s) == 0)
			return (1);
	}
	return (0);
}

static int
is_number(const char *s, size_t min, size_t max)
{
	size_t n = strspn(s, digits);

	return (s[n] == '\0' && n >= min && n <= max);
}

/* "/dev/NAME" in device, what follows the colon in *rest, "" if none. */
static const char *
take_file(const char *s, struct nfc_conn *c, const char **rest)
{
	size_t n = strcspn(s, ":");

	if (*s != '/' || n < 2)
		return ("a device file that begins with / is expected");
	for (size_t i = 0; i < n; i++) {
		if ((unsigned char)s[i] <= ' ')
			return ("the device file's name has a blank");
	}
	snprintf(c->device, sizeof(c->device), "%.*s", (int)n, s);
	*rest = s[n] == ':' ? s + n + 1 : NULL;
	return (NULL);
}

static const char *
take_uart(const char *s, struct nfc_conn *c)
{
	const char *speed, *why;

	if ((why = take_file(s, c, &speed)) != NULL)
		return (why);
	if (speed != NULL && !is_speed(speed))
		return ("the speed is none of 9600 to 460800");
	return (NULL);
}

static const char *
take_bus(const char *s, struct nfc_conn *c)
{
	const char *hertz, *why;

	if ((why = take_file(s, c, &hertz)) != NULL)
		return (why);
	if (hertz != NULL && !is_number(hertz, 1, 9))
		return ("the speed is not a number");
	return (NULL);
}

static const char *
take_usb(const char *s, struct nfc_conn *c)
{
	char bus[4] = "";

	if (strlen(s) != 7 || s[3] != ':')
		return ("BUS:DEVICE as lsusb shows them is expected, 001:004");
	memcpy(bus, s, 3);
	if (!is_number(bus, 3, 3) || !is_number(s + 4, 3, 3))
		return ("BUS:DEVICE as lsusb shows them is expected, 001:004");
	snprintf(c->device, sizeof(c->device), "/dev/bus/usb/%s/%s", bus,
	    s + 4);
	return (NULL);
}

static const char *
take(const char *s, struct nfc_conn *c)
{
	static const char *(*const by_shape[])(const char *,
	    struct nfc_conn *) = {
		[SHAPE_UART] = take_uart,
		[SHAPE_FILE] = take_bus,
		[SHAPE_USB] = take_usb,
	};
	size_t n = strcspn(s, ":");

	if (strlen(s) >= NFC_CONN_TEXT)
		return ("too long");
	for (size_t i = 0; i < sizeof(drivers) / sizeof(drivers[0]); i++) {
		if (strlen(drivers[i].name) != n ||
		    strncmp(drivers[i].name, s, n) != 0)
			continue;
		if (s[n] == '\0')
			return ("the device is missing: nothing is searched "
			    "for");
		return (by_shape[drivers[i].shape](s + n + 1, c));
	}
	return ("no such driver (pn532_uart, pn532_i2c, pn532_spi, "
	    "pn53x_usb, acr122_usb)");
}

enum err
nfc_conn_parse(const char *s, struct nfc_conn *out, struct note *note)
{
	struct nfc_conn c = { "", "" };
	const char *why;

	*out = c;
	if ((why = take(s, &c)) != NULL) {
		note_set(note, "nfc:%.*s: %s", NFC_CONN_TEXT, s, why);
		return (ERR_CONF);
	}
	snprintf(c.text, sizeof(c.text), "%s", s);
	*out = c;
	return (ERR_OK);
}
