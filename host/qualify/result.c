#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/secret.h"
#include "host/qualify/crypt.h"
#include "host/qualify/result_in.h"
#include "host/qualify/zip.h"

#define ERR_TEXT_MAX	65536	/* our limit for a .err; its form is unknown */

static const char *
base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return (slash == NULL ? path : slash + 1);
}

static enum err
outcome_of(struct result *r, enum result_outcome outcome, enum err err)
{
	r->outcome = outcome;
	r->err = err;
	return (ERR_OK);
}

static enum err
refuse(struct result *r, enum err err)
{
	return (outcome_of(r, RESULT_REFUSED, err));
}

/* What a failed reading means for the file: ours to report, or its own. */
static enum err
outcome_of_failure(struct result *r, enum err err)
{
	if (err == ERR_HALF)
		return (outcome_of(r, RESULT_WAITING, err));
	if (err_class(err) == EC_DATA)
		return (refuse(r, err));
	return (err);
}

/* What lies unmarked: an ill-typed field, or one of an unknown layout. */
static const struct xml_node *
find_left_over(const struct result *r, enum field f)
{
	for (size_t i = 0; i < r->layout.remainder.n; i++) {
		if (strcmp(r->layout.remainder.v[i]->name,
		    field_row(f)->name) == 0)
			return (r->layout.remainder.v[i]);
	}
	return (NULL);
}

/* Names element and value: of codes only, which tell nothing of a person. */
static enum err
lacks(struct result *r, enum field f)
{
	const struct xml_node *n = find_left_over(r, f);
	char what[80];

	snprintf(what, sizeof(what), n == NULL || field_row(f)->type !=
	    FIELD_CODE ? "%s" : "%s (%.8s)", field_row(f)->name, xml_text(n));
	reason_set(&r->why, n == NULL ? REASON_MISSING : REASON_UNKNOWN, what);
	return (refuse(r, ERR_LAYOUT));
}

static const char *
said(const struct result *r, enum field f)
{
	const char *text = result_field(r, RESULT_TOP, f);

	/* The bodies of unknown layouts are in the remainder as a whole. */
	if (text[0] == '\0' && r->name.kind->reader == KIND_OTHER)
		text = xml_text(find_left_over(r, f));
	return (text);
}

/* Code and message as the terminal wrote them, behind what it said before. */
static enum err
say_detail(struct result *r, enum field code, enum field message)
{
	const char *c = said(r, code), *m = said(r, message);

	if (c[0] == '\0' && m[0] == '\0')
		return (ERR_OK);
	return (blob_printf(&r->detail, "%s%s%s%s",
	    r->detail.len > 0 ? "; " : "", c,
	    c[0] != '\0' && m[0] != '\0' ? " " : "", m));
}

/* ResultCode 1 is success, anything else has MessageContents (2.5). */
static enum err
judge_care(struct result *r)
{
	const char *code = said(r, FIELD_ResultCode);
	enum err e;

	if (strcmp(code, "1") == 0)
		return (outcome_of(r, RESULT_ACCEPTED, ERR_OK));
	if ((e = say_detail(r, FIELD_ResultCode, FIELD_MessageContents)) !=
	    ERR_OK)
		return (e);
	if (code[0] == '\0' && said(r, FIELD_MessageContents)[0] == '\0')
		return (lacks(r, FIELD_ResultCode));
	return (refuse(r, ERR_REFUSED));
}

/* A layout that is not public, without a segment: only a code can tell. */
static enum err
judge_other(struct result *r)
{
	enum err e;

	if (said(r, FIELD_ResultCode)[0] != '\0')
		return (judge_care(r));
	if ((e = say_detail(r, FIELD_ResultCode, FIELD_MessageContents)) !=
	    ERR_OK)
		return (e);
	reason_set(&r->why, REASON_UNTOLD, r->name.text);
	return (refuse(r, ERR_LAYOUT));
}

/* 1 success, 2 in progress, 9 failed (3.5, OQSCD003). */
static enum err
judge_segment(struct result *r, const char *segment)
{
	if (segment[0] == '2')
		return (outcome_of(r, RESULT_WAITING, ERR_NO_ANSWER));
	if (segment[0] == '1')
		return (outcome_of(r, RESULT_ACCEPTED, ERR_OK));
	return (refuse(r, ERR_REFUSED));
}

/* 1 success, 2 error; a message with success is a remark (3.2). */
static enum err
judge_status(struct result *r)
{
	const char *status = result_field(r, RESULT_TOP,
	    FIELD_ProcessingResultStatus);
	enum err e;

	if ((e = say_detail(r, FIELD_ProcessingResultCode,
	    FIELD_ProcessingResultMessage)) != ERR_OK)
		return (e);
	if (status[0] == '\0')
		return (lacks(r, FIELD_ProcessingResultStatus));
	return (status[0] == '1' ? ERR_OK : refuse(r, ERR_REFUSED));
}

/* Without 1-6 (OQSCD006) nobody could say what was confirmed. */
static enum err
judge_validity(struct result *r)
{
	enum err e;

	if ((e = judge_status(r)) != ERR_OK || r->outcome != RESULT_ACCEPTED)
		return (e);
	if (result_field(r, RESULT_TOP, FIELD_QualificationValidity)[0] ==
	    '\0')
		return (lacks(r, FIELD_QualificationValidity));
	return (ERR_OK);
}

/* The header counts the persons (2.4): all of them, or none is believed. */
static enum err
judge_units(struct result *r)
{
	const enum field f = FIELD_NumberOfProcessingResult;
	const char *n = result_field(r, RESULT_TOP, f);
	char what[80];

	if (r->part == RESULT_UNIT)
		return (ERR_OK);
	if (n[0] == '\0')
		return (find_left_over(r, f) == NULL ? ERR_OK : lacks(r, f));
	if (strtoull(n, NULL, 10) == result_units(r))
		return (ERR_OK);
	snprintf(what, sizeof(what), "%s (%.20s) / units (%zu)",
	    field_row(f)->name, n, result_units(r));
	reason_set(&r->why, REASON_DIFFERS, what);
	return (refuse(r, ERR_LAYOUT));
}

/* What an accepted result of the kind must hold besides. */
static enum err
judge_body(struct result *r)
{
	switch (r->name.kind->reader) {
	case KIND_SINGLE:
		return (judge_validity(r));
	case KIND_REGISTER:
		return (judge_status(r));
	case KIND_UNITS:
		return (judge_units(r));
	case KIND_RECEPTION:
		if (result_field(r, RESULT_TOP, FIELD_ReceptionNumber)[0] ==
		    '\0')
			return (lacks(r, FIELD_ReceptionNumber));
		break;
	case KIND_CARE:
	case KIND_OTHER:
		break;
	}
	return (ERR_OK);
}

static enum err
judge(struct result *r)
{
	enum kind_reader reader = r->name.kind->reader;
	const char *segment;
	enum err e;

	if (reader == KIND_CARE)
		return (judge_care(r));
	if (find_left_over(r, FIELD_SegmentOfResult) != NULL)
		return (lacks(r, FIELD_SegmentOfResult));
	if (reader == KIND_OTHER && layout_top(&r->layout,
	    FIELD_SegmentOfResult) == NULL)
		return (judge_other(r));
	segment = result_field(r, RESULT_TOP, FIELD_SegmentOfResult);
	/* Older 01res have none (2.4). */
	if (segment[0] == '\0' && (reader != KIND_RECEPTION || layout_top(
	    &r->layout, FIELD_SegmentOfResult) != NULL))
		return (lacks(r, FIELD_SegmentOfResult));
	e = judge_segment(r, segment[0] == '\0' ? "1" : segment);
	if (e == ERR_OK && r->outcome == RESULT_ACCEPTED)
		e = judge_body(r);
	if (e == ERR_OK && r->outcome == RESULT_ACCEPTED) {
		e = layout_check(&r->layout, r->name.kind);
		if (e == ERR_LAYOUT) {
			r->why = r->layout.why;
			e = refuse(r, ERR_LAYOUT);
		}
	}
	return (e);
}

static enum err
warn_top(struct result *r, const char *ja, const char *en)
{
	return (layout_warn(&r->layout, r->xml->root, ja, en));
}

/* Declaration, BOM, identifier and bytes should say the same (1.2). */
static enum err
warn_charset(struct result *r)
{
	const char *id = result_field(r, RESULT_TOP,
	    FIELD_CharacterCodeIdentifier);
	const struct charset_found *found = &r->xml->charset;
	enum err e = ERR_OK;

	if (found->bom_differs)
		e = warn_top(r, "BOMと文字コードの宣言が異なります",
		    "BOM and declared encoding differ");
	if (e == ERR_OK && found->sniffed)
		e = warn_top(r, "宣言と異なる文字コードです",
		    "the bytes are not in the declared encoding");
	if (e == ERR_OK && id[0] != '\0' &&
	    (id[0] == '1') != (found->used == CHARSET_CP932))
		e = warn_top(r, "文字コード識別が宣言と異なります",
		    "CharacterCodeIdentifier differs from the encoding");
	if (e == ERR_OK && r->xml->instructions > 0)
		e = warn_top(r, "処理命令を読み飛ばしました",
		    "processing instructions were ignored");
	return (e);
}

static enum err
read_xml(struct result *r, const void *data, size_t len)
{
	struct note note = { "" };
	enum err e;

	if (len > RESULT_MAX)
		return (refuse(r, ERR_XML_BIG));
	if ((e = xml_read(data, len, &r->xml, &note)) != ERR_OK) {
		if (blob_add_str(&r->detail, note.text) != ERR_OK)
			return (ERR_NOMEM);
		return (outcome_of_failure(r, e));
	}
	e = layout_read(r->xml, r->name.kind, &r->layout);
	/* What the terminal says of its own is said whatever comes of it. */
	if ((e == ERR_OK || e == ERR_LAYOUT) && say_detail(r, FIELD_ErrorCode,
	    FIELD_ErrorMessage) != ERR_OK)
		return (ERR_NOMEM);
	if (e != ERR_OK) {
		r->why = r->layout.why;
		return (outcome_of_failure(r, e));
	}
	if ((e = warn_charset(r)) != ERR_OK)
		return (e);
	return (judge(r));
}

static enum err
read_zip(struct result *r, const void *data, size_t len)
{
	struct blob xml = { 0 };
	enum err e;

	e = unzip_result(r->file, data, len, &xml, &r->why);
	e = e == ERR_OK ? read_xml(r, xml.data, xml.len) :
	    outcome_of_failure(r, e);
	blob_free(&xml);
	return (e);
}

/* "%PDF-" in front, "%%EOF" in the last 1024 bytes (ISO 32000-1 7.5). */
static enum err
read_pdf(struct result *r, const uint8_t *data, size_t len)
{
	size_t tail = len < 1024 ? len : 1024;

	if (len == 0 || memcmp(data, "%PDF-", len < 5 ? len : 5) != 0) {
		reason_set(&r->why, REASON_PDF, "PDF");
		return (len == 0 ? outcome_of(r, RESULT_WAITING, ERR_HALF) :
		    refuse(r, ERR_LAYOUT));
	}
	if (memmem(data + len - tail, tail, "%%EOF", 5) == NULL)
		return (outcome_of(r, RESULT_WAITING, ERR_HALF));
	return (outcome_of(r, RESULT_ACCEPTED, ERR_OK));
}

/* The text of a .err: form unknown (oqs-files.md 8), so any encoding. */
static enum err
read_err(struct result *r, const void *data, size_t len)
{
	enum charset used;
	enum err e;

	if (len == 0)
		return (outcome_of(r, RESULT_WAITING, ERR_HALF));
	e = charset_decode(data, len < ERR_TEXT_MAX ? len : ERR_TEXT_MAX,
	    CHARSET_UTF8, &r->detail, &used);
	if (e == ERR_CHARSET)
		reason_set(&r->why, REASON_NO_TEXT, r->file);
	else if (e != ERR_OK)
		return (e);
	return (refuse(r, ERR_REFUSED));
}

/* A request that came back: the .err beside it says why. */
static enum err
read_returned(struct result *r, const char *path)
{
	struct blob text = { 0 }, beside = { 0 };
	enum err e;

	if (path == NULL) {
		reason_set(&r->why, REASON_NO_TEXT, r->file);
		return (refuse(r, ERR_REFUSED));
	}
	if ((e = blob_add(&beside, path, strlen(path) - 3)) != ERR_OK ||
	    (e = blob_add_str(&beside, "err")) != ERR_OK)
		goto out;
	e = blob_read_file(&text, blob_str(&beside), ERR_TEXT_MAX);
	if (e == ERR_OK && text.len > 0)
		e = read_err(r, text.data, text.len);
	else if (e != ERR_NOMEM)
		e = read_returned(r, NULL);
out:
	blob_free(&text);
	blob_free(&beside);
	return (e);
}

static enum err
read_kind(struct result *r, const char *beside, const void *data, size_t len)
{
	if (!r->name.request && r->name.ext != KIND_ERR &&
	    crypt_is_likely(data, len))
		return (refuse(r, ERR_CRYPT));
	switch (r->name.ext) {
	case KIND_XML:
		return (r->name.request ? read_returned(r, beside) :
		    read_xml(r, data, len));
	case KIND_PDF:
		return (read_pdf(r, data, len));
	case KIND_ZIP:
		return (read_zip(r, data, len));
	case KIND_ERR:
		return (read_err(r, data, len));
	case KIND_EXTS:
		break;
	}
	return (ERR_SEQUENCE);
}

static enum err
read_bytes(struct result *r, const char *path, const void *bytes, size_t len)
{
	struct blob file = { 0 };
	enum err e = ERR_OK;

	if (bytes != NULL)
		return (read_kind(r, NULL, bytes, len));
	e = blob_read_file(&file, path, RESULT_MAX);
	if (e == ERR_TOOBIG)
		e = refuse(r, ERR_XML_BIG);
	else if (e == ERR_OK)
		e = read_kind(r, path, file.len > 0 ? (const char *)file.data :
		    "", file.len);
	blob_free(&file);
	return (e);
}

/* Not ours is told by the name, before anything is read. */
static enum err
read_result(struct result *r, const char *path, const void *bytes, size_t len)
{
	if ((r->file = strdup(base_name(path))) == NULL)
		return (ERR_NOMEM);
	if (!kind_parse(r->file, &r->name))
		return (outcome_of(r, RESULT_NOT_OURS, ERR_FOREIGN));
	return (read_bytes(r, path, bytes, len));
}

/* Says why in both languages and hands it over, or frees it. */
static enum err
hand_over(struct result *r, enum err e, struct result **out)
{
	for (int lang = 0; lang < 2 && e == ERR_OK; lang++)
		e = reason_write(r->err, &r->why, blob_str(&r->detail),
		    (enum err_lang)lang, &r->reason[lang]);
	if (e == ERR_OK) {
		*out = r;
		r = NULL;	/* moved */
	}
	result_free(&r);
	return (e);
}

enum err
result_read(const char *path, const void *bytes, size_t len,
    struct result **out, struct note *note)
{
	struct result *r;
	enum err e;

	*out = NULL;
	if ((r = calloc(1, sizeof(*r))) == NULL)
		return (ERR_NOMEM);
	e = read_result(r, path, bytes, len);
	if (e == ERR_SYS)
		note_set(note, "%s: %s", path, strerror(errno));
	return (hand_over(r, e, out));
}

enum err
result_read_part(const char *file, const void *bytes, size_t len,
    enum result_part part, size_t units, struct result **out)
{
	struct result *r;
	enum err e = ERR_NOMEM;

	*out = NULL;
	if ((r = calloc(1, sizeof(*r))) == NULL)
		return (ERR_NOMEM);
	r->part = part;
	r->units = units;
	if ((r->file = strdup(file)) != NULL)
		e = !kind_parse(file, &r->name) ?
		    outcome_of(r, RESULT_NOT_OURS, ERR_FOREIGN) :
		    crypt_is_likely(bytes, len) ? refuse(r, ERR_CRYPT) :
		    read_xml(r, bytes, len);
	return (hand_over(r, e, out));
}

enum err
result_refuse(struct result *r, enum err failure,
    const struct reason_what *why)
{
	enum err e = ERR_OK;

	(void)outcome_of_failure(r, failure);
	r->why = *why;
	blob_reset(&r->detail);
	for (int lang = 0; lang < 2 && e == ERR_OK; lang++)
		e = reason_write(failure, why, "", (enum err_lang)lang,
		    &r->reason[lang]);
	return (e);
}

void
result_free(struct result **r)
{
	if (r == NULL || *r == NULL)
		return;
	layout_wipe(&(*r)->layout);
	xml_free(&(*r)->xml);
	blob_free(&(*r)->reason[ERR_EN]);
	blob_free(&(*r)->reason[ERR_JA]);
	blob_free(&(*r)->detail);
	free((*r)->file);
	secret_cleanse(*r, sizeof(**r));
	free(*r);
	*r = NULL;
}

enum result_outcome
result_outcome(const struct result *r)
{
	return (r->outcome);
}

enum err
result_err(const struct result *r)
{
	return (r->err);
}

const char *
result_reason(const struct result *r, enum err_lang lang)
{
	return (blob_str(&r->reason[lang == ERR_JA]));
}

const char *
result_kind(const struct result *r)
{
	return (r->name.text);
}

const char *
result_field(const struct result *r, size_t record, enum field f)
{
	return (xml_text(record == RESULT_TOP ? layout_top(&r->layout, f) :
	    layout_field(&r->layout, record, f)));
}

size_t
result_records(const struct result *r)
{
	return (r->layout.records.n);
}

size_t
result_units(const struct result *r)
{
	return (r->part == RESULT_HEAD ? r->units : r->layout.units);
}

const char *
result_row_field(const struct result *r, size_t record, enum place place,
    size_t row, enum field f)
{
	return (xml_text(layout_find(layout_row(&r->layout, record, place,
	    row), f)));
}

size_t
result_rows(const struct result *r, size_t record, enum place place)
{
	return (layout_rows(&r->layout, record, place));
}
