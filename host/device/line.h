#ifndef HOST_DEVICE_LINE_H
#define HOST_DEVICE_LINE_H

#include "base/buf.h"
#include "host/device/activation.h"
#include "host/device/dir.h"
#include "host/wire/wire.h"

/*
 * A connection to the agent, dialled from here, with its HELLO said; and what
 * the device asks on it.  hw-docs/protocols/link.md, "Over a network".
 */
enum line_purpose { LINE_READER = 1, LINE_DELIVER, LINE_ENROL };

enum line_type {
	LINE_HELLO = 0x41, LINE_TICKETS, LINE_RECORD, LINE_ENROLMENT
};

#define LINE_VERSION	1
#define LINE_NAME	65		/* 64 bytes and 0 */
#define LINE_DIAL_MS	10000
#define LINE_REPLY_MS	10000		/* the network's, to a plain request */

struct line {
	struct wire	*wire;
	uint16_t	 seq;
	struct blob	 out, in;
	char		 name[LINE_NAME];	/* the agent's for us */
	int64_t		 agent_ms;		/* its clock at HELLO */
	int		 told;		/* the last error was its answer */
	int		 broke;		/* of no use any more */
};

/*
 * Dials as the folder says and says HELLO.  wire_dial's errors; ERR_FOLDER,
 * ERR_NOT_FOUND: not enrolled; ERR_LINK_REVOKED and ERR_LINK_VERSION, which
 * do not pass by waiting; ERR_READER_BUSY; whatever the agent answers.
 * Without ERR_OK the line is closed; told stays.
 */
enum err	line_open(const struct dir *, enum line_purpose,
		    struct line *, struct note *);
/* The same for an enrolment: no certificate of ours, and of the agent's no
 * more is known than how its CA's print begins. */
enum err	line_open_new(const char *address,
		    const uint8_t print[WIRE_CODE_PRINT], struct line *,
		    struct note *);
void		line_close(struct line *);	/* harmless when not open */

/*
 * One request: line_start, its payload added to line->out, then line_call.
 * *body is inside the line until the next call.  What the agent answered, or
 * ERR_TIMEOUT, ERR_READER_FAULT (it went), ERR_LINK_PEER (it does not take
 * our certificate), ERR_LAYOUT: the line is of no use any more then.
 */
enum err	line_start(struct line *, enum line_type);
enum err	line_call(struct line *, int ms, struct buf *body,
		    struct note *);

/* 1 if it may be a device's name: UTF-8, no control characters, short. */
int		line_is_name(struct buf);
/* By how many ms this machine's clock is ahead of the agent's. */
int64_t		line_clock_off(const struct line *);

/* --- what the folder knows of the agent --- */

struct line_agent {
	char	address[ACTIVATION_ADDRESS];		/* HOST:PORT */
	char	name[LINE_NAME];	/* ours, as the desk calls us */
};

/* ERR_NOT_FOUND: not enrolled. */
enum err	line_agent_read(const struct dir *, struct line_agent *,
		    struct note *);
enum err	line_agent_write(const struct dir *,
		    const struct line_agent *, struct note *);

#endif
