#ifndef HOST_DEVICE_PROMPT_H
#define HOST_DEVICE_PROMPT_H

#include "host/device/fence.h"

/*
 * Asks the person at this device's terminal for what the fence needs: says
 * which PIN and how many tries are left, takes a yes of its own to the last
 * one, reads the digits without an echo.  Both are fence_conf's; the context
 * is not used.
 */
int		prompt_can(void *);
enum err	prompt_ask(void *, const struct fence_ask *, struct secret *);

#endif
