/* The versions of the libraries that are loaded (base/versions.h: VERSION_NUMBER). */
#ifndef NET_VERSION_H
#define NET_VERSION_H

int net_curl_version(void);
int net_openssl_version(void);

#endif
