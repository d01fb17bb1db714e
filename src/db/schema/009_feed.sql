-- The feed: where documents are staged, and the one merge that turns a batch of them into
-- shipments, scans and exceptions.

-- One row a fact of a document. Written by COPY only, emptied by the merge; a crash may lose
-- it, because the batch's transaction is lost with it. Text is cleaned UTF-8 (utf8_clean) and
-- bounded by the program; '' and NULL mean the same. All rows of a document stand in one batch.
CREATE UNLOGGED TABLE doorstep.feed_stage (
    batch           uuid NOT NULL,   -- made by the program, one a COPY + merge
    seq             integer NOT NULL, -- 0, 1, 2 … in the batch: the provider's order, oldest first
                                     -- (a parser turns newest-first lists round); breaks ties of occurred_at
    -- the columns feed_load_row() takes, in this order:
    doc             integer NOT NULL, -- 0, 1, 2 … the document in the batch; same for all its rows
    rec             text NOT NULL,   -- 'e' a scan event
                                     -- 's' what the document says of the shipment as a whole
                                     --     (at most one a shipment and document, after its 'e' rows)
                                     -- 'o' an order document of the native format
    provider        text,            -- dictionary to read code and detail in: easypost shippo aftership
                                     -- shipengine 17track, or a carrier's code: dhl usps ups fedex canada_post …
                                     -- NULL in 'o' rows
    carrier         text,            -- carrier's code, lower-case [a-z0-9_]{1,24}: ups usps fedex dhl canada_post …;
                                     -- NULL: not said (becomes 'unknown'; a number known already keeps its carrier)
    tracking_number text,            -- 'e','s': upper-case, no blanks, 1..64 characters
    occurred_at     timestamptz,     -- 'e': when it happened, never NULL. 's': when the provider says the
                                     -- summary was made, NULL if it does not say
    code            text,            -- as sent (normalising is the dictionary's): easypost status, shippo status,
                                     -- aftership tag, shipengine status_code, 17track status, a carrier's event
                                     -- code; 's': the summary's own. <= 64
    detail          text,            -- as sent: easypost status_detail, shippo substatus.code, aftership subtag
                                     -- ("Exception_013"), shipengine status_detail_code, 17track sub_status
                                     -- ("Exception_Lost"), FedEx exception code, UPS reason code. <= 64
    status          text,            -- canonical shipment_status when the document says one itself (native format)
                                     -- or the parser knows without a dictionary; NULL: look code up. A code that
                                     -- the dictionary knows wins over it.
    message         text,            -- the carrier's words. <= 500
    city            text,            -- 'e': place of the scan; 's': the destination. <= 64
    region          text,            -- <= 24
    country         text,            -- ISO 3166 alpha-2, upper-case, or NULL
    postal_code     text,            -- <= 16
    edd             timestamptz,     -- 'e','s': estimated delivery as this row says it, or NULL
    service         text,            -- 's': service level, for people. <= 48
    data            jsonb            -- 'o': the document as in the native format, instants as RFC 3339 in UTC,
                                     --      numbers and consents as they came; strings cleaned and bounded
                                     -- 's': NULL, or {"shipped_at","promised_at","order_number","brand"}, all optional
);
COMMENT ON TABLE doorstep.feed_stage IS
    'A batch of documents between COPY and feed_merge(); the columns'' contract stands in 009_feed.sql';
