/* A loopback server with scripted faults, in a thread of its own: HTTP, SMTP, or a port that only listens.
 *
 *     struct stub *s = stub_start(STUB_HTTP);
 *     stub_say(s, "HTTP/1.1 201 Created\r\nContent-Length: 2\r\n\r\n{}");      once, in order; the last one stays
 *     … stub_port(s), stub_requests(s), stub_request(s, i)
 *     stub_stop(s);
 *
 * In an answer of HTTP or SMTP these stand for deeds: "\1c" close, "\1r" reset, "\1w" wait until the client goes, "\1z" a hundred
 * megabytes of zeros, "\1d" what follows, a byte every 50 ms, again and again until the client goes. */
#ifndef TESTS_NET_STUB_H
#define TESTS_NET_STUB_H

#include <stdbool.h>
#include <stddef.h>

enum stub_kind { STUB_HTTP, STUB_SMTP, STUB_SILENT };

struct stub;
struct stub *stub_start(enum stub_kind kind);
void stub_stop(struct stub *s);          /* ends every connection, joins every thread */
int stub_port(const struct stub *s);

/* HTTP: the answer to the next request. */
void stub_say(struct stub *s, const char *answer);
/* SMTP: what to answer to a command (its first word, "CONNECT" for the greeting, "." for the message) instead of what a good
 * server does; sticks. */
void stub_answer(struct stub *s, const char *command, const char *answer);
/* SMTP: the extensions told of after EHLO, "250-AUTH PLAIN\r\n" and the like. */
void stub_extensions(struct stub *s, const char *lines);

/* What came: whole requests of HTTP; whole dialogues (what the client said) of SMTP, one a message taken or refused. */
int stub_requests(struct stub *s);
const char *stub_request(struct stub *s, int i);   /* lives as long as the stub */
int stub_connections(struct stub *s);

/* An HTTP answer with its length: in static memory, a few at a time. */
const char *stub_http(int status, const char *headers, const char *body);

#endif
