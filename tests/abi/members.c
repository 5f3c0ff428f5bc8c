/*
 * Uses every member the way existing applications and integration layers do.
 *
 * SPDX-License-Identifier: MIT OR Apache-2.0
 */

#include <string.h>

#include <lwm2m_carrier.h>
#include <lwm2m_os.h>

long application(const lwm2m_carrier_event_t *event);
long integration(struct lwm2m_os_download_evt *download, struct lwm2m_os_sms_data *const sms);

long application(const lwm2m_carrier_event_t *event)
{
    lwm2m_carrier_config_t config;
    const lwm2m_carrier_event_deferred_t *deferred = event->data.deferred;
    lwm2m_carrier_event_error_t *error = event->data.error;
    const lwm2m_carrier_event_fota_start_t *fota_start = event->data.fota_start;
    lwm2m_carrier_event_app_data_t *app_data = event->data.app_data;

    memset(&config, 0, sizeof(config));
    config.server_uri = "coap://192.0.2.1";
    switch (event->type) {
    case LWM2M_CARRIER_EVENT_DEFERRED:
        return (long)event->data.deferred->reason + event->data.deferred->timeout + deferred->timeout;
    case LWM2M_CARRIER_EVENT_ERROR:
        return (long)event->data.error->type + event->data.error->value + error->value;
    case LWM2M_CARRIER_EVENT_FOTA_START:
        return (long)event->data.fota_start->type + (fota_start->uri != NULL);
    case LWM2M_CARRIER_EVENT_MODEM_DOMAIN:
        return (long)*event->data.modem_domain;
    case LWM2M_CARRIER_EVENT_APP_DATA:
        return (long)(event->data.app_data->buffer_len + (app_data->buffer[0] != 0));
    default:
        return config.server_lifetime;
    }
}

long integration(struct lwm2m_os_download_evt *download, struct lwm2m_os_sms_data *const sms)
{
    struct lwm2m_os_download_cfg cfg;

    cfg.sec_tag = LWM2M_OS_DOWNLOAD_SEC_TAG_NONE;
    cfg.pdn_id = 0;
    download->id = LWM2M_OS_DOWNLOAD_EVT_FRAGMENT;
    download->error = -5;
    download->fragment.buf = NULL;
    download->fragment.len = sizeof(cfg);
    sms->header.deliver.originating_address.length = 1;
    sms->header.deliver.app_port.present = true;
    return (long)(sms->payload_len + cfg.sec_tag + sms->header.deliver.app_port.dest_port);
}
