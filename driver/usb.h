#ifndef DRIVER_USB_H
#define DRIVER_USB_H

#include <stdint.h>

/*
 * Where a device on USB is plugged in, as sysfs tells it.  Bus and device
 * number change whenever it is plugged in; its port does not.
 */
#define USB_PORT	32	/* "1-2.3": bus, then the ports on the way; + 0 */
#define USB_SERIAL	127	/* of 126 UTF-16 units at most (USB 2.0, 9.6.7) */

struct usb_device {
	char		port[USB_PORT];		/* "" not found */
	char		serial[USB_SERIAL];	/* "" it has none */
	uint16_t	vendor, product;	/* 0 not known */
};

/*
 * The device that has this number now; what is not known stays empty.  From
 * /sys, or from below $SHIKAKU_SYSFS where that is set.
 */
void	usb_find(unsigned bus, unsigned device, struct usb_device *);
/* "1-2.3": 1, else 0. */
int	usb_is_port(const char *);

#endif
