/*
 * Says that the built-in versions of the overridable functions are in use.
 *
 * SPDX-License-Identifier: MIT OR Apache-2.0
 */

#include "api_test.h"

int api_overridden(void)
{
    return 0;
}
