#include "net/version.h"

#include <curl/curl.h>
#include <openssl/crypto.h>

#include "base/versions.h"

int net_curl_version(void)
{
    unsigned v = curl_version_info(CURLVERSION_NOW)->version_num;   /* 0xMMmmpp */
    return VERSION_NUMBER((int)(v >> 16 & 0xFF), (int)(v >> 8 & 0xFF));
}

int net_openssl_version(void)
{
    unsigned long v = OpenSSL_version_num();                        /* 0xMNN00PP0 since 3.0 */
    return VERSION_NUMBER((int)(v >> 28 & 0xF), (int)(v >> 20 & 0xFF));
}
