#include <string.h>

#include "host/ledger/check_digit.h"

int
check_digit_agrees(const char *number)
{
	size_t len = strlen(number);
	int sum = 0, weight = 2, product;

	if (len < 2 || strspn(number, "0123456789") != len)
		return (0);
	/* 2, 1, 2, 1 ... from the right; the digits of each product count. */
	for (size_t i = len - 1; i-- > 0; weight = 3 - weight) {
		product = (number[i] - '0') * weight;
		sum += product / 10 + product % 10;
	}
	return ((10 - sum % 10) % 10 == number[len - 1] - '0');
}
