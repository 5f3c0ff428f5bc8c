/*
 * SPDX-License-Identifier: MIT OR Apache-2.0
 *
 * Compile-time checks of the SDK's own headers against the interface the archive was built for: every number, structure and
 * prototype. The linker keeps nothing of it. When this file does not compile, the SDK carries another release of the carrier library than 0.30, and its
 * integration would call the archive wrongly.
 */

/* What the archive calls, then what it is called by. */
#include "abi/facts_os.c"

#include "abi/facts_carrier.c"
