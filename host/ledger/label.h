#ifndef HOST_LEDGER_LABEL_H
#define HOST_LEDGER_LABEL_H

/* Codes of a record as the desk reads them; out is as long as LABEL_ROOM. */
#define LABEL_ROOM 96

/* B04（７０歳以上 一般）; a code that is not known as it is. */
void	label_limit(const char *flag, char out[LABEL_ROOM]);
/* 1割 of 010; what is none as it is. */
void	label_ratio(const char *ratio, char out[LABEL_ROOM]);
/* 本人, 家族. */
void	label_family(const char *code, char out[LABEL_ROOM]);

#endif
