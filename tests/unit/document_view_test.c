#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "host/document/view.h"

#define LEN(a)	(sizeof(a) / sizeof((a)[0]))

/* features.md ORC-06: each threshold from both sides. */
static const struct mark_row {
	const char	*item, *value, *mark;
} marks[] = {
	{ "収縮期血圧(その他)", "140", "▲" },
	{ "収縮期血圧(1回目)", "139", "" },
	{ "拡張期血圧", "90", "▲" },
	{ "拡張期血圧", "89", "" },
	{ "空腹時中性脂肪（トリグリセリド）", "300", "▲" },
	{ "随時中性脂肪", "299", "" },
	{ "HDLコレステロール", "34", "▽" },
	{ "ＨＤＬコレステロール", "35", "" },
	{ "HDLコレステロール", "34.1", "" },
	{ "LDLコレステロール", "140", "▲" },
	{ "ＬＤＬコレステロール", "139", "" },
	{ "Non-HDLコレステロール", "170", "▲" },
	{ "Ｎｏｎ－ＨＤＬコレステロール", "169", "" },
	{ "Non-HDLコレステロール", "30", "" },
	{ "AST(GOT)", "51", "▲" },
	{ "AST(GOT)", "50", "" },
	{ "ＡＬＴ（ＧＰＴ）", "51", "▲" },
	{ "ＡＬＴ（ＧＰＴ）", "50", "" },
	{ "γ-GT(γ-GTP)", "101", "▲" },
	{ "γ-GT(γ-GTP)", "100", "" },
	{ "空腹時血糖", "126", "▲" },
	{ "空腹時血糖", "125", "" },
	{ "随時血糖", "400", "" },
	{ "HbA1c(NGSP値)", "6.5", "▲" },
	{ "ＨｂＡ１ｃ", "6.4", "" },
	{ "HbA1c", "6.499", "" },
	{ "eGFR", "44.9", "▽" },
	{ "ｅＧＦＲ", "45", "" },
	{ "eGFR", "45.0", "" },
	{ "身長", "170.0", "" },
	{ "収縮期血圧", "", "" },
	{ "収縮期血圧", "140以上", "" },
	{ "収縮期血圧", "-140", "" },
	{ "収縮期血圧", "140.", "" },
	{ "収縮期血圧", "140.12345", "" },
	{ "収縮期血圧", ".5", "" },
	{ "収縮期血圧", "1e9", "" },
	{ "収縮期血圧", "99999999999999999999", "" },
	{ "収縮期血圧", "１４０", "▲" },
	{ "", "140", "" },
};

static void
mark_row(void **state)
{
	const struct mark_row *row = *state;

	assert_string_equal(view_mark(row->item, row->value), row->mark);
}

#define HEAD "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<XmlMsg>"	\
	"<MessageHeader><ResultCode>1</ResultCode>"
#define DRUG HEAD "<QuaInf><Name>資格　一郎</Name><KanaName>ｼｶｸ</KanaName>" \
	"<Birth>19600602</Birth><AdmGendCode>1</AdmGendCode></QuaInf>"	\
	"</MessageHeader><MessageBody>"
#define MONTH "<MeTrMonthInf><MeTrMonth>202609</MeTrMonth>"		\
	"<MeTrDateInfs><MeTrDateInf><DiDate>20260901</DiDate><PrDate>"	\
	"20260831</PrDate><DrugInfs><DrugInf><DrugC>610</DrugC><DrugN>薬"	\
	"</DrugN><Qua1>3</Qua1><Unit>錠</Unit><UsageN>食後</UsageN>"	\
	"<Times>7</Times><IngreN>成分</IngreN><New>x</New></DrugInf>"	\
	"</DrugInfs><MeTrInfs><MeTrInf><SinInfCd>111</SinInfCd>"		\
	"<SinInfN>初診料</SinInfN></MeTrInf></MeTrInfs></MeTrDateInf>"	\
	"</MeTrDateInfs></MeTrMonthInf>"
#define DISPENSING "<CzDiInf><CzDiMonthInf><CzDateInfs><CzDateInf>"	\
	"<CzDiDate>20261001</CzDiDate><CzDrugInfs><CzDrugInf><CzDrugN>薬乙" \
	"</CzDrugN></CzDrugInf></CzDrugInfs></CzDateInf></CzDateInfs>"	\
	"</CzDiMonthInf></CzDiInf>"
#define TAIL "</MessageBody></XmlMsg>"
#define CHECKUP HEAD "<QualificationsInfo><Name>資格　一郎</Name>"		\
	"<Birthday>19600602</Birthday></QualificationsInfo>"		\
	"</MessageHeader><MessageBody><SpecificHealthCheckupInfo>"	\
	"<EffectiveTime>20260501</EffectiveTime>"			\
	"<HealthCheckupResultAndQuestionInfos>"				\
	"<HealthCheckupResultAndQuestionInfo><ItemCode>9A755</ItemCode>"	\
	"<ItemName>収縮期血圧</ItemName><DataType>PQ</DataType><DataValue>" \
	"150</DataValue><Unit>mmHg</Unit></HealthCheckupResultAndQuestionInfo>" \
	"<HealthCheckupResultAndQuestionInfo><ItemCode>9N001</ItemCode>"	\
	"<DataValue>170.0</DataValue></HealthCheckupResultAndQuestionInfo>" \
	"</HealthCheckupResultAndQuestionInfos></SpecificHealthCheckupInfo>" \
	TAIL

static const struct view_row {
	const char		*name;
	enum document_kind	 kind;
	const char		*xml;
	enum err		 want;
	const char		*has;	/* in the JSON, compact */
} views[] = {
	{ "whose it is", DOCUMENT_DRUG, DRUG MONTH TAIL, ERR_OK,
	    "\"person\":{\"name\":\"資格　一郎\",\"kana\":\"ｼｶｸ\","
	    "\"birthdate\":\"19600602\",\"sex\":\"1\"}" },
	{ "a drug of a receipt, and what is new", DOCUMENT_DRUG,
	    DRUG MONTH TAIL, ERR_OK, "\"drugs\":[{\"code\":\"610\","
	    "\"name\":\"薬\",\"amount\":\"3\",\"unit\":\"錠\",\"usage\":\"食後\","
	    "\"times\":\"7\",\"ingredient\":\"成分\",\"other\":{\"New\":\"x\"}}]" },
	{ "its treatments", DOCUMENT_DRUG, DRUG MONTH TAIL, ERR_OK,
	    "\"treatments\":[{\"code\":\"111\",\"name\":\"初診料\"}]" },
	{ "its dates", DOCUMENT_DRUG, DRUG MONTH TAIL, ERR_OK,
	    "\"dispensed_on\":\"20260901\",\"prescribed_on\":\"20260831\"" },
	{ "its month", DOCUMENT_DRUG, DRUG MONTH TAIL, ERR_OK,
	    "{\"source\":\"receipt\",\"month\":\"202609\"," },
	{ "a month that is none", DOCUMENT_DRUG, DRUG "<MeTrMonthInf>"
	    "<MeTrMonth>2026</MeTrMonth></MeTrMonthInf>" TAIL, ERR_OK,
	    "{\"source\":\"receipt\",\"other\":{\"MeTrMonth\":\"2026\"}}" },
	{ "a drug of a pharmacy", DOCUMENT_DRUG, DRUG MONTH DISPENSING TAIL,
	    ERR_OK, "{\"source\":\"dispensing\",\"dates\":[{\"dispensed_on\":"
	    "\"20261001\",\"drugs\":[{\"name\":\"薬乙\"}]}]}" },
	{ "no month is an empty list", DOCUMENT_DRUG, DRUG TAIL, ERR_OK,
	    "\"months\":[]" },
	{ "what nobody knows is kept", DOCUMENT_DRUG, DRUG
	    "<A><B>1</B><B>2</B></A><A>3</A>" TAIL, ERR_OK,
	    "\"A\":[{\"B\":[\"1\",\"2\"]},\"3\"]" },
	{ "a leaf where a group is meant", DOCUMENT_DRUG, DRUG
	    "<MeTrMonthInf><DateInfs>x</DateInfs></MeTrMonthInf>" TAIL,
	    ERR_OK, "\"other\":{\"DateInfs\":\"x\"}" },
	{ "a value twice", DOCUMENT_DRUG, DRUG "<MeTrMonthInf><DateInfs>"
	    "<DateInf><DiDate>1</DiDate><DiDate>2</DiDate></DateInf>"
	    "</DateInfs></MeTrMonthInf>" TAIL, ERR_OK,
	    "{\"dispensed_on\":\"1\",\"other\":{\"DiDate\":\"2\"}}" },
	{ "a value of a check-up, marked", DOCUMENT_CHECKUP, CHECKUP, ERR_OK,
	    "{\"code\":\"9A755\",\"name\":\"収縮期血圧\",\"type\":\"PQ\","
	    "\"value\":\"150\",\"unit\":\"mmHg\",\"mark\":\"▲\"}" },
	{ "a value without a name", DOCUMENT_CHECKUP, CHECKUP, ERR_OK,
	    "{\"code\":\"9N001\",\"value\":\"170.0\",\"mark\":\"\"}" },
	{ "its day", DOCUMENT_CHECKUP, CHECKUP, ERR_OK,
	    "\"checkups\":[{\"on\":\"20260501\"" },
	{ "the other kind is kept whole", DOCUMENT_DRUG, CHECKUP, ERR_OK,
	    "\"SpecificHealthCheckupInfo\":{\"EffectiveTime\"" },
	{ "no message", DOCUMENT_DRUG, "<a/>", ERR_LAYOUT, NULL },
	{ "no body", DOCUMENT_DRUG, "<XmlMsg/>", ERR_LAYOUT, NULL },
	{ "nothing", DOCUMENT_DRUG, "", ERR_HALF, NULL },
	{ "half", DOCUMENT_DRUG, DRUG MONTH, ERR_HALF, NULL },
	{ "an entity", DOCUMENT_DRUG, "<!DOCTYPE a [<!ENTITY b \"c\">]>"
	    "<XmlMsg/>", ERR_XML_DTD, NULL },
	{ "no XML", DOCUMENT_DRUG, "<XmlMsg></b>", ERR_XML_SYNTAX, NULL },
};

static struct buf
text(const char *s)
{
	return ((struct buf){ (const uint8_t *)s, strlen(s) });
}

static void
view_row(void **state)
{
	const struct view_row *row = *state;
	struct note note = { "" };
	json_t *o = NULL;
	char *said;

	assert_int_equal(view_read(row->kind, text(row->xml), &o, &note),
	    row->want);
	if (row->want != ERR_OK) {
		assert_null(o);
		return;
	}
	assert_string_equal(json_string_value(json_object_get(o, "kind")),
	    document_kind_word(row->kind));
	said = json_dumps(o, JSON_COMPACT);
	assert_non_null(said);
	if (strstr(said, row->has) == NULL)
		fail_msg("%s", said);
	free(said);
	json_decref(o);
}

static const struct born_row {
	const char	*name, *xml, *want;
} borns[] = {
	{ "of drugs", DRUG TAIL, "19600602" },
	{ "of a check-up", CHECKUP, "19600602" },
	{ "not said", HEAD "</MessageHeader><MessageBody/></XmlMsg>", "" },
	{ "no date", HEAD "<QuaInf><Birth>1960</Birth></QuaInf>"
	    "</MessageHeader></XmlMsg>", "" },
	{ "in the body", "<XmlMsg><MessageBody><QuaInf><Birth>19600602"
	    "</Birth></QuaInf></MessageBody></XmlMsg>", "" },
};

static void
born_row(void **state)
{
	const struct born_row *row = *state;
	char born[VIEW_BIRTHDATE];

	assert_int_equal(view_birthdate(text(row->xml), born), ERR_OK);
	assert_string_equal(born, row->want);
}

int
main(void)
{
	struct CMUnitTest tests[LEN(marks) + LEN(views) + LEN(borns)];
	size_t n = 0;

	for (size_t i = 0; i < LEN(marks); i++)
		tests[n++] = (struct CMUnitTest){ .name = marks[i].item,
		    .test_func = mark_row,
		    .initial_state = (void *)(uintptr_t)&marks[i] };
	for (size_t i = 0; i < LEN(views); i++)
		tests[n++] = (struct CMUnitTest){ .name = views[i].name,
		    .test_func = view_row,
		    .initial_state = (void *)(uintptr_t)&views[i] };
	for (size_t i = 0; i < LEN(borns); i++)
		tests[n++] = (struct CMUnitTest){ .name = borns[i].name,
		    .test_func = born_row,
		    .initial_state = (void *)(uintptr_t)&borns[i] };
	return (cmocka_run_group_tests(tests, NULL, NULL));
}
