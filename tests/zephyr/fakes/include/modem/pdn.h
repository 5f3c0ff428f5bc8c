/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include <stddef.h>
#include <stdint.h>

enum pdn_fam { PDN_FAM_IPV4, PDN_FAM_IPV6, PDN_FAM_IPV4V6, PDN_FAM_NONIP };

enum pdn_event {
	PDN_EVENT_CNEC_ESM,
	PDN_EVENT_ACTIVATED,
	PDN_EVENT_DEACTIVATED,
	PDN_EVENT_IPV6_UP,
	PDN_EVENT_IPV6_DOWN,
	PDN_EVENT_NETWORK_DETACH,
};

struct pdn_pdp_opt;
typedef void (*pdn_event_handler_t)(uint8_t cid, enum pdn_event event, int reason);

int pdn_ctx_create(uint8_t *cid, pdn_event_handler_t cb);
int pdn_ctx_configure(uint8_t cid, const char *apn, enum pdn_fam family, struct pdn_pdp_opt *opts);
int pdn_ctx_destroy(uint8_t cid);
int pdn_activate(uint8_t cid, int *esm, enum pdn_fam *family);
int pdn_deactivate(uint8_t cid);
int pdn_id_get(uint8_t cid);
int pdn_default_apn_get(char *buf, size_t len);
int pdn_default_ctx_cb_reg(pdn_event_handler_t cb);
