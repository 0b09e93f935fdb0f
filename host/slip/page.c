#include <stdio.h>

#include <qrencode.h>

#include "base/clock.h"
#include "host/slip/page.h"

#define QUIET	4	/* modules around the code, ISO/IEC 18004 6.3.8 */

static const char head[] =
    "<!DOCTYPE html>\n<html lang=\"ja\"><head><meta charset=\"utf-8\">\n"
    "<title>受付票</title>\n<style>\n"
    "@page { size: A4; margin: 18mm }\n"
    "body { font: 12pt/1.6 sans-serif; color: #000; background: #fff }\n"
    "h1 { font-size: 18pt } small { color: #444 }\n"
    "table { border-collapse: collapse; width: 100% }\n"
    "th, td { border: 1px solid #000; padding: 2mm 3mm; text-align: left; "
    "vertical-align: top }\n"
    "th { width: 38% } svg { width: 62mm; height: 62mm; float: right; "
    "margin: 6mm 0 0 6mm }\n"
    "</style></head><body>\n"
    "<h1>受付票 <small>Reception slip</small></h1>\n"
    "<p>この用紙では資格も本人も確認していません。復旧後に窓口で確認してください。<br>\n"
    "<small>Neither coverage nor identity was verified; check both when the "
    "systems are back.</small></p>\n";

static const char foot[] =
    "<p>コードは窓口の画面で読み取ります。同じ票を2度読んでも受付は1件です。<br>\n"
    "<small>Scan the code at the desk; scanned twice it is filed once.</small>"
    "</p>\n</body></html>\n";

static enum err
add_escaped(struct blob *out, const char *text)
{
	static const struct { char c; const char *as; } rows[] = {
		{ '&', "&amp;" }, { '<', "&lt;" }, { '>', "&gt;" },
		{ '"', "&quot;" }, { '\'', "&#39;" },
	};
	enum err r = ERR_OK;
	size_t i;

	for (; *text != '\0' && r == ERR_OK; text++) {
		for (i = 0; i < sizeof(rows) / sizeof(rows[0]) &&
		    rows[i].c != *text; i++)
			continue;
		r = i < sizeof(rows) / sizeof(rows[0]) ?
		    blob_add_str(out, rows[i].as) : blob_add(out, text, 1);
	}
	return (r);
}

static enum err
add_row(struct blob *out, const char *ja, const char *en, const char *text)
{
	enum err r;

	if ((r = blob_printf(out, "<tr><th>%s <small>%s</small></th><td>", ja,
	    en)) != ERR_OK || (r = add_escaped(out, text)) != ERR_OK)
		return (r);
	return (blob_add_str(out, "</td></tr>\n"));
}

static const char *
sex_text(char sex)
{
	return (sex == '1' ? "男 male" : sex == '2' ? "女 female" :
	    "その他 other");
}

static enum err
add_items(struct blob *out, const struct slip *s)
{
	char birth[16], at[CLOCK_ISO_LEN];
	enum err r;

	snprintf(birth, sizeof(birth), "%.4s-%.2s-%.2s", s->birthdate,
	    s->birthdate + 4, s->birthdate + 6);
	clock_iso(s->at, at);
	at[16] = '\0';
	at[10] = ' ';
	if ((r = blob_add_str(out, "<table>\n")) != ERR_OK ||
	    (r = add_row(out, "氏名", "name", s->name)) != ERR_OK ||
	    (r = add_row(out, "生年月日", "birth date", birth)) != ERR_OK ||
	    (r = add_row(out, "性別", "sex", sex_text(s->sex))) != ERR_OK ||
	    (r = add_row(out, "住所", "address", s->address)) != ERR_OK ||
	    (r = add_row(out, "日時", "time", at)) != ERR_OK ||
	    (r = add_row(out, "担当者", "staff", s->staff)) != ERR_OK ||
	    (s->fallback != FALLBACK_NONE && (r = add_row(out,
	    "提示されたもの", "shown", fallback_label(s->fallback,
	    ERR_JA))) != ERR_OK))
		return (r);
	return (blob_add_str(out, "</table>\n<h2>同意 <small>Consent</small>"
	    "</h2>\n<table>\n"));
}

static enum err
add_consent(struct blob *out, const struct consent *c)
{
	enum err r = ERR_OK;

	for (int i = 0; r == ERR_OK && i < CONSENT_ITEMS; i++)
		r = add_row(out, consent_label((enum consent_item)i, ERR_JA),
		    consent_label((enum consent_item)i, ERR_EN),
		    c->given[i] ? "同意する yes" : "同意しない no");
	if (r == ERR_OK && c->prescription != PRESCRIPTION_NONE)
		r = add_row(out, "処方箋の発行方法", "prescription",
		    prescription_label(c->prescription, ERR_JA));
	return (r != ERR_OK ? r : blob_add_str(out, "</table>\n"));
}

/* One path, a unit square for each dark module. */
static enum err
add_code(struct blob *out, const char *text)
{
	QRcode *qr = QRcode_encodeString(text, 0, QR_ECLEVEL_M, QR_MODE_8,
	    1);
	int side = qr == NULL ? 0 : qr->width + 2 * QUIET;
	enum err r = ERR_LIB;

	if (qr != NULL)
		r = blob_printf(out, "<svg viewBox=\"0 0 %d %d\" "
		    "shape-rendering=\"crispEdges\" role=\"img\" "
		    "aria-label=\"QR\"><path d=\"", side, side);
	for (int i = 0; r == ERR_OK && i < qr->width * qr->width; i++)
		if ((qr->data[i] & 1) != 0)
			r = blob_printf(out, "M%d %dh1v1h-1z",
			    i % qr->width + QUIET, i / qr->width + QUIET);
	QRcode_free(qr);
	return (r != ERR_OK ? r : blob_add_str(out, "\"/></svg>\n"));
}

enum err
page_write(const struct slip *s, struct blob *out)
{
	struct blob text = { 0 };
	enum err r;

	blob_reset(out);
	if ((r = slip_write(s, &text)) == ERR_OK &&
	    (r = blob_add_str(out, head)) == ERR_OK &&
	    (r = add_items(out, s)) == ERR_OK &&
	    (r = add_consent(out, &s->consent)) == ERR_OK &&
	    (r = add_code(out, blob_str(&text))) == ERR_OK)
		r = blob_add_str(out, foot);
	blob_free(&text);
	if (r != ERR_OK)
		blob_reset(out);
	return (r);
}
