#include <dlfcn.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <ifdhandler.h>

/*
 * A driver of pcscd for readers on USB that are none: each passes everything
 * on to a copy of vpcd's driver.  Its device node is a folder, as fake_udev.c
 * hands it out, with
 *
 *	busnum devnum	where it is plugged in
 *	driver		the copy of vpcd's driver that is behind it
 *	channel		the port that vpcd listens on
 *	asleep		if it is there: power-up fails and removes the file,
 *			as a reader that USB has put to sleep
 *
 * While the folder is not there, the device is unplugged.  vpcd's channel
 * stays open meanwhile, so that a card lies on the reader when it comes back,
 * and so does this library (-z nodelete).
 */
#define LUN		0	/* vpcd's first, of each copy */
#define READERS		16
#define INDEX(lun)	((lun) >> 16 & 0xf)
#define CHANNEL_ID	0x20110	/* SCARD_ATTR_CHANNEL_ID */
#define CHANNEL_USB	0x0020	/* its high half: PC/SC part 3, USB */
#define PATH_ROOM	512

static struct vpcd {
	char	 path[PATH_ROOM];	/* of the copy */
	void	*library;
} vpcds[READERS];

static struct device {
	char		 folder[PATH_ROOM];
	struct vpcd	*vpcd;		/* NULL: not open */
} devices[READERS];

/* --- the folder --- */

/* The first line of a file in it; 0 if it is not there. */
static int
read_line(const struct device *d, const char *name, char out[PATH_ROOM])
{
	char path[PATH_ROOM + 32];
	int ok;
	FILE *f;

	out[0] = '\0';
	snprintf(path, sizeof(path), "%s/%s", d->folder, name);
	if ((f = fopen(path, "re")) == NULL)
		return (0);
	ok = fgets(out, PATH_ROOM, f) != NULL;
	fclose(f);
	out[strcspn(out, "\n")] = '\0';
	return (ok);
}

static unsigned
read_number(const struct device *d, const char *name)
{
	char text[PATH_ROOM];
	unsigned n = 0;

	if (!read_line(d, name, text) || sscanf(text, "%u", &n) != 1)
		return (0);
	return (n);
}

static int
is_there(const struct device *d)
{
	return (d->vpcd != NULL && access(d->folder, F_OK) == 0);
}

/* Once: it is asleep, and wakes up. */
static int
was_asleep(const struct device *d)
{
	char path[PATH_ROOM + 32];

	snprintf(path, sizeof(path), "%s/asleep", d->folder);
	return (unlink(path) == 0);
}

/* --- vpcd's driver --- */

static struct vpcd *
vpcd_of(const char *path)
{
	size_t i = 0;

	while (i < READERS && vpcds[i].path[0] != '\0' &&
	    strcmp(vpcds[i].path, path) != 0)
		i++;
	if (i == READERS)
		return (NULL);
	snprintf(vpcds[i].path, sizeof(vpcds[i].path), "%s", path);
	return (&vpcds[i]);
}

/* A function of it; ISO C has no cast from void * to one. */
static int
find(const struct vpcd *v, const char *name, void *function)
{
	void *at = v->library == NULL ? NULL : dlsym(v->library, name);

	memcpy(function, &at, sizeof(at));
	return (at != NULL);
}

static RESPONSECODE
open_vpcd(struct device *d, struct vpcd *v)
{
	RESPONSECODE (*f)(DWORD, DWORD) = NULL;

	if (v->library != NULL)
		return (IFD_SUCCESS);
	v->library = dlopen(v->path, RTLD_NOW | RTLD_LOCAL);
	if (!find(v, "IFDHCreateChannel", &f))
		return (IFD_COMMUNICATION_ERROR);
	return (f(LUN, read_number(d, "channel")));
}

/* --- what pcscd asks for --- */

/* "usb:1fff/0001:libudev:0:FOLDER" */
RESPONSECODE
IFDHCreateChannelByName(DWORD Lun, LPSTR DeviceName)
{
	struct device *d = &devices[INDEX(Lun)];
	const char *at = strstr(DeviceName, ":/");
	char path[PATH_ROOM];
	struct vpcd *v;
	RESPONSECODE rc;

	*d = (struct device){ .vpcd = NULL };
	if (at == NULL)
		return (IFD_NO_SUCH_DEVICE);
	snprintf(d->folder, sizeof(d->folder), "%s", at + 1);
	if (!read_line(d, "driver", path) || (v = vpcd_of(path)) == NULL)
		return (IFD_NO_SUCH_DEVICE);
	if ((rc = open_vpcd(d, v)) == IFD_SUCCESS)
		d->vpcd = v;
	return (rc);
}

RESPONSECODE
IFDHCreateChannel(DWORD Lun, DWORD Channel)
{
	(void)Lun;
	(void)Channel;
	return (IFD_NO_SUCH_DEVICE);
}

RESPONSECODE
IFDHCloseChannel(DWORD Lun)
{
	struct device *d = &devices[INDEX(Lun)];
	UCHAR atr[MAX_ATR_SIZE];
	DWORD n = sizeof(atr);
	RESPONSECODE (*f)(DWORD, DWORD, PUCHAR, PDWORD) = NULL;

	/* A device that lost its power has no card with power. */
	if (d->vpcd != NULL && find(d->vpcd, "IFDHPowerICC", &f))
		(void)f(LUN, IFD_POWER_DOWN, atr, &n);
	*d = (struct device){ .vpcd = NULL };
	return (IFD_SUCCESS);
}

/* As libccid has it: bus << 8 | device. */
static RESPONSECODE
give_channel(const struct device *d, PDWORD Length, PUCHAR Value)
{
	uint32_t id = (uint32_t)CHANNEL_USB << 16 |
	    read_number(d, "busnum") << 8 | read_number(d, "devnum");

	if (!is_there(d) || *Length < sizeof(id))
		return (IFD_ERROR_TAG);
	memcpy(Value, &id, sizeof(id));
	*Length = sizeof(id);
	return (IFD_SUCCESS);
}

static RESPONSECODE
give_byte(UCHAR byte, PDWORD Length, PUCHAR Value)
{
	if (*Length < 1)
		return (IFD_ERROR_TAG);
	*Value = byte;
	*Length = 1;
	return (IFD_SUCCESS);
}

RESPONSECODE
IFDHGetCapabilities(DWORD Lun, DWORD Tag, PDWORD Length, PUCHAR Value)
{
	const struct device *d = &devices[INDEX(Lun)];
	RESPONSECODE (*f)(DWORD, DWORD, PDWORD, PUCHAR) = NULL;

	if (Tag == CHANNEL_ID)
		return (give_channel(d, Length, Value));
	if (Tag == TAG_IFD_SLOTS_NUMBER)
		return (give_byte(1, Length, Value));
	if (Tag == TAG_IFD_SIMULTANEOUS_ACCESS)
		return (give_byte(READERS, Length, Value));
	if (Tag == TAG_IFD_THREAD_SAFE)
		return (give_byte(1, Length, Value));
	if (d->vpcd == NULL || !find(d->vpcd, "IFDHGetCapabilities", &f))
		return (IFD_ERROR_TAG);
	return (f(LUN, Tag, Length, Value));
}

RESPONSECODE
IFDHSetCapabilities(DWORD Lun, DWORD Tag, DWORD Length, PUCHAR Value)
{
	(void)Lun;
	(void)Tag;
	(void)Length;
	(void)Value;
	return (IFD_ERROR_TAG);
}

RESPONSECODE
IFDHSetProtocolParameters(DWORD Lun, DWORD Protocol, UCHAR Flags, UCHAR PTS1,
    UCHAR PTS2, UCHAR PTS3)
{
	const struct device *d = &devices[INDEX(Lun)];
	RESPONSECODE (*f)(DWORD, DWORD, UCHAR, UCHAR, UCHAR, UCHAR) = NULL;

	if (!is_there(d) || !find(d->vpcd, "IFDHSetProtocolParameters", &f))
		return (IFD_COMMUNICATION_ERROR);
	return (f(LUN, Protocol, Flags, PTS1, PTS2, PTS3));
}

RESPONSECODE
IFDHPowerICC(DWORD Lun, DWORD Action, PUCHAR Atr, PDWORD AtrLength)
{
	const struct device *d = &devices[INDEX(Lun)];
	RESPONSECODE (*f)(DWORD, DWORD, PUCHAR, PDWORD) = NULL;

	if (!is_there(d) || !find(d->vpcd, "IFDHPowerICC", &f))
		return (IFD_COMMUNICATION_ERROR);
	if (Action != IFD_POWER_DOWN && was_asleep(d))
		return (IFD_COMMUNICATION_ERROR);
	return (f(LUN, Action, Atr, AtrLength));
}

RESPONSECODE
IFDHTransmitToICC(DWORD Lun, SCARD_IO_HEADER SendPci, PUCHAR TxBuffer,
    DWORD TxLength, PUCHAR RxBuffer, PDWORD RxLength, PSCARD_IO_HEADER RecvPci)
{
	const struct device *d = &devices[INDEX(Lun)];
	RESPONSECODE (*f)(DWORD, SCARD_IO_HEADER, PUCHAR, DWORD, PUCHAR,
	    PDWORD, PSCARD_IO_HEADER) = NULL;

	if (!is_there(d) || !find(d->vpcd, "IFDHTransmitToICC", &f)) {
		*RxLength = 0;
		return (IFD_COMMUNICATION_ERROR);
	}
	return (f(LUN, SendPci, TxBuffer, TxLength, RxBuffer, RxLength,
	    RecvPci));
}

RESPONSECODE
IFDHControl(DWORD Lun, DWORD Code, PUCHAR TxBuffer, DWORD TxLength,
    PUCHAR RxBuffer, DWORD RxLength, LPDWORD Returned)
{
	const struct device *d = &devices[INDEX(Lun)];
	RESPONSECODE (*f)(DWORD, DWORD, PUCHAR, DWORD, PUCHAR, DWORD,
	    LPDWORD) = NULL;

	if (!is_there(d) || !find(d->vpcd, "IFDHControl", &f))
		return (IFD_COMMUNICATION_ERROR);
	return (f(LUN, Code, TxBuffer, TxLength, RxBuffer, RxLength,
	    Returned));
}

/* Not NO_SUCH_DEVICE, after which pcscd 1.9.9 sleeps a second before it takes
 * the reader out. */
RESPONSECODE
IFDHICCPresence(DWORD Lun)
{
	const struct device *d = &devices[INDEX(Lun)];
	RESPONSECODE (*f)(DWORD) = NULL;

	if (!is_there(d) || !find(d->vpcd, "IFDHICCPresence", &f))
		return (IFD_COMMUNICATION_ERROR);
	return (f(LUN));
}
