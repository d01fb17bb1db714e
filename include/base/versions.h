/* The oldest versions that Doorstep is built and tested with, of what it is linked with and of the server: Debian 12's.
 * The build's check (src/mk/deps.sh) reads this table as text, `doctor` what is there when the program runs. */
#ifndef BASE_VERSIONS_H
#define BASE_VERSIONS_H

/* X(ID, pkg-config's name, major, minor, Debian's package to build with, Debian's package to run with) */
#define LIBRARIES(X)                                                       \
    X(LIBPQ,   "libpq",     15, 0,  "libpq-dev",            "libpq5")      \
    X(CURL,    "libcurl",   7,  88, "libcurl4-openssl-dev", "libcurl4")    \
    X(JANSSON, "jansson",   2,  14, "libjansson-dev",       "libjansson4") \
    X(OPENSSL, "libcrypto", 3,  0,  "libssl-dev",           "libssl3")     \
    X(NCURSES, "ncursesw",  6,  4,  "libncurses-dev",       "libncursesw6")

#define OLDEST_SERVER 15   /* PostgreSQL's major version */

/* A version as one number: 7.88 is 7088. */
#define VERSION_NUMBER(major, minor) ((major) * 1000 + (minor))

#endif
