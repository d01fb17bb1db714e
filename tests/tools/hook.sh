# For command line tests of what is posted: the hook and the lighttpd configuration README.md shows, on loopback, with this test's
# places in them; the hook runs as the database's "postbox". Read after lib.sh; ends the test as skipped where a program is missing.
# shellcheck shell=bash
PATH=$PATH:/usr/sbin
if ! command -v lighttpd >/dev/null || ! command -v curl >/dev/null; then
    pass 'the hook behind a web server # SKIP lighttpd or curl is not installed here (apt-get install lighttpd curl)'
    done_testing
    exit 0
fi

mkdir empty
between() { sed -n "/^$1\$/,/^\`\`\`\$/p" "$ROOT/README.md" | sed '1d;/^```$/d'; }
between '```sh hook' | sed "s|/usr/local/bin/doorstep|$DOORSTEP|; s|--dsn '[^']*'|--dsn '${DSN/user=test/user=postbox}'|; s|/etc/doorstep/channels|$WORK/channels|" >hook.cgi
chmod 755 hook.cgi
: >channels # the hook's credentials; a test that has some writes them here
chmod 600 channels

start_hook() { # a port that is free, which this server itself says: another test's may answer on it
    for port in 18431 28431 38431 48431 58431; do
        between '```lighttpd' | sed "s|/usr/local/lib/doorstep/hook.cgi|$WORK/hook.cgi|; s|^server.port .*|server.port = $port|; s|/var/empty|$WORK/empty|; /^server.username/d" >lighttpd.conf
        lighttpd -D -f lighttpd.conf >server.log 2>&1 &
        server=$!
        for _ in $(seq 1200); do
            if ! kill -0 "$server" 2>/dev/null; then break; fi
            if grep -q 'server started' server.log; then return 0; fi
            sleep 0.05
        done
        stop_hook
    done
    return 1
}
stop_hook() { kill "$server" 2>/dev/null && wait "$server" 2>/dev/null; }
trap stop_hook EXIT
