#ifndef DRIVER_USB_NODE_H
#define DRIVER_USB_NODE_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

/*
 * What the kernel tells of the devices on USB, by sysfs alone: nothing is
 * opened, nothing is sent to a device.  root is what stands before /sys: ""
 * for this system, a folder for another one.
 */
#define USB_TEXT	64	/* longer product names are cut */

struct usb_node {
	char		path[32];	/* "1-2.3": bus and ports, stays */
	unsigned	bus, number;	/* number changes at every plug */
	uint16_t	vid, pid;
	uint16_t	firmware;	/* bcdDevice: 0x0214 is 2.14 */
	char		product[USB_TEXT];	/* "" if it has no name */
	int		ccid;		/* has an interface of class 0B */
	char		holder[USB_TEXT];	/* kernel driver; "" if none */
	int		autosuspend;	/* the kernel may put it to sleep */
};

/* Up to max rows, in no order; *n is how many there are, max or more.  A
 * system without USB has none, which is no error. */
enum err	usb_nodes(const char *root, struct usb_node *, size_t max,
		    size_t *n);

#endif
