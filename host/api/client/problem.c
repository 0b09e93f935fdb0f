#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "host/api/client/problem.h"

static const struct own {
	const char		*code;
	struct shikaku_text	 text, next;
} owns[] = {
	[SHIKAKU_OK] = { .code = "" },
	[SHIKAKU_ARGUMENT] = { "CLIENT_ARGUMENT",
	    { "プログラムの呼び出しが正しくありません",
	    "the program asked for something impossible" },
	    { "管理者へ: ソフトウェアの開発元に連絡してください",
	    "nothing was sent; ask who wrote the program" } },
	[SHIKAKU_SETUP] = { "CLIENT_SETUP",
	    { "接続の設定に誤りがあります",
	    "the connection is not set up correctly" },
	    { "管理者へ: 接続先、トークン、鍵ファイルを確かめてください",
	    "check address, token and key files" } },
	[SHIKAKU_UNREACHABLE] = { "CLIENT_UNREACHABLE",
	    { "資格確認プログラム(shikakud)に接続できません",
	    "the agent (shikakud) cannot be reached" },
	    { "管理者へ: shikakudが動いているか確かめてください",
	    "check that shikakud is running" } },
	[SHIKAKU_TIMEOUT] = { "CLIENT_TIMEOUT",
	    { "時間内に応答がありませんでした",
	    "no answer in time" },
	    { "受付の状態を確かめてからやり直してください",
	    "read the visit before asking again" } },
	[SHIKAKU_TLS] = { "CLIENT_TLS",
	    { "安全な接続ができませんでした",
	    "no secure connection could be made" },
	    { "管理者へ: 証明書とTLS 1.3の設定を確かめてください",
	    "check the certificates of both sides, and TLS 1.3" } },
	[SHIKAKU_BROKEN] = { "CLIENT_BROKEN",
	    { "応答の形式が正しくありません",
	    "the answer is not what the API promises" },
	    { "管理者へ: 接続先とshikakudの版を確かめてください",
	    "check the address, and the version of shikakud" } },
	[SHIKAKU_REFUSED] = { "CLIENT_REFUSED",
	    { "受け付けられませんでした", "refused" }, { "", "" } },
	[SHIKAKU_SYSTEM] = { "CLIENT_SYSTEM",
	    { "この端末の資源が不足しています",
	    "this machine is out of memory or random numbers" },
	    { "管理者へ: 端末を確かめてください",
	    "check this machine" } },
};

void
problem_clear(struct shikaku_problem *p)
{
	memset(p, 0, sizeof(*p));
}

void
problem_copy(char *out, size_t size, const char *utf8)
{
	size_t n = strnlen(utf8, size);

	if (n == size) {
		n--;
		/* Continuation bytes are 10xxxxxx (RFC 3629, 3). */
		while (n > 0 && ((unsigned char)utf8[n] & 0xc0) == 0x80)
			n--;
	}
	memcpy(out, utf8, n);
	memset(out + n, 0, size - n);
}

enum shikaku_err
problem_set(struct shikaku_problem *p, enum shikaku_err r, const char *fmt,
    ...)
{
	char detail[2 * sizeof(p->detail)];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(detail, sizeof(detail), fmt, ap);
	va_end(ap);
	problem_clear(p);
	problem_copy(p->code, sizeof(p->code), owns[r].code);
	p->text = owns[r].text;
	p->next = owns[r].next;
	problem_copy(p->detail, sizeof(p->detail), detail);
	return (r);
}
