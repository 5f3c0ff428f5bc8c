/*
 * SPDX-License-Identifier: MIT OR Apache-2.0
 *
 * Root certificate of the HTTPS server from which firmware images are fetched, as one PEM text.
 * A product puts the root of its operator's download server here. The modem takes at most 4 kB
 * for each certificate.
 */
"-----BEGIN CERTIFICATE-----\n"
"MIIB0zCCAXmgAwIBAgIUbR1WqTwDeuJ6jksQYRdDCXuZWzowCgYIKoZIzj0EAwIw\n"
"NzEWMBQGA1UECgwNbHdtMm0tY2FycmllcjEdMBsGA1UEAwwUU2FtcGxlIGRvd25s\n"
"b2FkIHJvb3QwHhcNMjYxMTIyMTUxMzU5WhcNNDYxMTE3MTUxMzU5WjA3MRYwFAYD\n"
"VQQKDA1sd20ybS1jYXJyaWVyMR0wGwYDVQQDDBRTYW1wbGUgZG93bmxvYWQgcm9v\n"
"dDBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABCgwcsryFlaIuO4Fq/AmNkueJBgQ\n"
"SeW7AjRXYhLLirrueP57hXhY6fsHI6JX0lY152i+1pZKoxYyHmFGIzj57DejYzBh\n"
"MB0GA1UdDgQWBBT2LpHDZM6UwFeWiTzsxD0g9MPk0jAfBgNVHSMEGDAWgBT2LpHD\n"
"ZM6UwFeWiTzsxD0g9MPk0jAPBgNVHRMBAf8EBTADAQH/MA4GA1UdDwEB/wQEAwIB\n"
"BjAKBggqhkjOPQQDAgNIADBFAiEA+tmoJaUA0+V6uEKki17T4IolifYMBV4JlzTO\n"
"4SyZFIcCIGQLwDyqS9o2P3ygE3eIXUeCHM2lfWeDEz1ZJ0akpXcu\n"
"-----END CERTIFICATE-----\n"
