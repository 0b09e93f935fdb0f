#ifndef HOST_LEDGER_CHECK_DIGIT_H
#define HOST_LEDGER_CHECK_DIGIT_H

/*
 * The check digit of insurer, public-expense and institution numbers
 * (oqs-files.md 5).  Some valid numbers break the rule: a reason to warn,
 * never to refuse.
 */

/* 1 if the last digit agrees with the others; 0 if not, or not all digits. */
int	check_digit_agrees(const char *number);

#endif
