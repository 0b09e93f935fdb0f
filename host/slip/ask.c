#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/birthdate.h"
#include "base/clock.h"
#include "base/secret.h"
#include "base/text.h"
#include "host/slip/ask.h"
#include "host/slip/consent_entry.h"
#include "host/tty/tty.h"

static const char *
say(const char *ja, const char *en)
{
	return (tty_lang() == ERR_JA ? ja : en);
}

static const struct {
	const char	*word;
	char		 sex;
} sexes[] = {
	{ "男", '1' }, { "男性", '1' }, { "m", '1' }, { "male", '1' },
	{ "1", '1' },
	{ "女", '2' }, { "女性", '2' }, { "f", '2' }, { "female", '2' },
	{ "2", '2' },
	{ "その他", '9' }, { "other", '9' }, { "9", '9' },
};

static enum err
refuse(struct note *note, const char *what)
{
	note_set(note, "%s", what);
	return (ERR_USAGE);
}

/* The items in the order of their lines; field is slip_check's word. */
static const struct {
	const char	*field, *form;
} items[] = {
	{ "name",	"the name" },
	{ "birthdate",	"the birth date, YYYYMMDD or 昭和35年6月2日" },
	{ "sex",	"the sex, 1, 2 or 9 (m, f, other; 男, 女, その他)" },
	{ "address",	"the address" },
	{ "staff",	"the member of the staff" },
};

/* fd -1: lines are counted. */
static void
name_item(int fd, const char *field, struct note *note)
{
	for (size_t i = 0; i < sizeof(items) / sizeof(items[0]); i++) {
		if (strcmp(items[i].field, field) != 0)
			continue;
		if (fd == -1)
			note_set(note, "line %zu: %s", i + 1, items[i].form);
		else
			note_set(note, "%s", items[i].form);
		return;
	}
}

static enum err
ask_line(int fd, const char *prompt, char *out, size_t room)
{
	size_t len = 0;
	enum err r;

	if (fd != -1)
		tty_say(fd, prompt);
	r = tty_line(fd != -1 ? fd : STDIN_FILENO, NULL, out, room - 1, &len);
	out[r == ERR_OK ? len : 0] = '\0';
	return (r);
}

static enum err
ask_birthdate(int fd, struct slip *s, struct note *note)
{
	char line[64];
	const char *why;
	enum err r;

	if ((r = ask_line(fd, say("生年月日 (昭和35年6月2日 など): ",
	    "Birth date (1960-06-02): "), line, sizeof(line))) == ERR_OK &&
	    birthdate_read(line, s->birthdate, &why) != ERR_OK)
		r = ERR_ROW;
	if (r != ERR_OK)
		name_item(fd, "birthdate", note);
	secret_cleanse(line, sizeof(line));
	return (r);
}

static enum err
ask_sex(int fd, struct slip *s, struct note *note)
{
	char line[32];
	enum err r;

	if ((r = ask_line(fd, say("性別 (男・女・その他): ",
	    "Sex (m, f, other): "), line, sizeof(line))) == ERR_OK) {
		for (size_t i = 0; i < sizeof(sexes) / sizeof(sexes[0]); i++)
			if (strcmp(sexes[i].word, line) == 0)
				s->sex = sexes[i].sex;
		if (s->sex == '\0')
			r = ERR_ROW;
	}
	if (r != ERR_OK)
		name_item(fd, "sex", note);
	return (r);
}

/* One that is taken as it is. */
static enum err
ask_text(int fd, const char *field, const char *prompt, char *out,
    size_t room, struct note *note)
{
	enum err r;

	if ((r = ask_line(fd, prompt, out, room)) == ERR_OK &&
	    !text_is_line(out))
		r = ERR_ROW;
	if (r != ERR_OK)
		name_item(fd, field, note);
	return (r);
}

static enum err
ask_items(const struct ask *a, int fd, struct slip *s, struct note *note)
{
	enum err r;

	if ((r = ask_text(fd, "name", say("氏名: ", "Name: "), s->name,
	    sizeof(s->name), note)) != ERR_OK ||
	    (r = ask_birthdate(fd, s, note)) != ERR_OK ||
	    (r = ask_sex(fd, s, note)) != ERR_OK ||
	    (r = ask_text(fd, "address", say("住所: ", "Address: "),
	    s->address, sizeof(s->address), note)) != ERR_OK)
		return (r);
	if (a->staff == NULL)
		return (ask_text(fd, "staff", say("担当者名: ",
		    "Member of the staff: "), s->staff, sizeof(s->staff),
		    note));
	if (strlen(a->staff) >= sizeof(s->staff) || !text_is_line(a->staff))
		return (refuse(note, "--staff"));
	memcpy(s->staff, a->staff, strlen(a->staff) + 1);
	return (ERR_OK);
}

static enum err
take_consent(const struct ask *a, int fd, struct slip *s, struct note *note)
{
	enum err r;

	if (a->consent != NULL)
		r = consent_parse(a->consent, &s->consent, note);
	else if (fd == -1)
		r = refuse(note, "--consent is missing");
	else
		r = consent_entry(fd, &s->consent);
	if (r == ERR_OK && a->prescription != NULL)
		r = consent_parse_prescription(a->prescription, &s->consent,
		    note);
	return (r);
}

static enum err
fill_in(struct slip *s)
{
	s->at = clock_wall_ms() / 1000 * 1000;
	s->consent.confirmed = s->at;
	return (uuid_make(s->id));
}

enum err
ask_slip(const struct ask *a, struct slip *s, struct note *note)
{
	int fd = isatty(STDIN_FILENO) ? tty_open() : -1;
	enum err r;

	*s = (struct slip){ .at = 0 };
	if (a->fallback != NULL && (s->fallback = fallback_read(
	    a->fallback)) == FALLBACK_COUNT)
		return (refuse(note,
		    "--fallback portal|notice|certificate|statement"));
	/* Before anything is typed in vain. */
	if (a->consent != NULL || fd == -1)
		r = take_consent(a, fd, s, note);
	else
		r = ERR_OK;
	if (r == ERR_OK && (r = ask_items(a, fd, s, note)) == ERR_OK &&
	    a->consent == NULL)
		r = take_consent(a, fd, s, note);
	if (r == ERR_OK && (r = fill_in(s)) == ERR_OK)
		r = slip_check(s, note);
	if (fd != -1)
		close(fd);
	if (r != ERR_OK)
		slip_wipe(s);
	return (r);
}
