-- A hint that more changed than fits says within what: of most floods a dashboard knows that they are none of its rows.

SET ROLE doorstep_owner;
SET search_path = doorstep, pg_temp;

-- p_items: what hint_item() says of each; too long, NULL: "m N"; "m …" as hint_reach() makes it goes out as it is.
CREATE OR REPLACE FUNCTION hint_tell(p_brand int, p_n bigint, p_items text) RETURNS void LANGUAGE plpgsql SET search_path = doorstep, pg_temp AS $$
BEGIN
    PERFORM pg_notify(h.name, CASE WHEN p_items LIKE 'm %' THEN p_items
                                   WHEN octet_length(p_items) <= 7800 THEN 'e ' || p_items ELSE 'm ' || p_n END)
       FROM hint_channel h WHERE h.brand_id = p_brand;
END
$$;

-- One of each state, severity, kind and brand is enough to look at: the enums' places are found a few times, not a row each.
SELECT patch_function('exception_opened()'::regprocedure,
$old$    PERFORM hint_tell(-1, n, items);
    IF EXISTS (SELECT FROM hint_channel WHERE brand_id >= 0) THEN
$old$, $new$    IF coalesce(octet_length(items), 7801) > 7800 THEN
        PERFORM hint_tell(coalesce(x.brand_id, -1), x.n, concat_ws(':', 'm ' || x.n, 1, x.id_from, x.id_to, x.states, x.severities, x.kinds, x.urgency_from, x.urgency_to))
           FROM (SELECT g.brand_id, sum(g.n)::bigint AS n, min(g.id_from) AS id_from, max(g.id_to) AS id_to, min(g.urgency_from) AS urgency_from, max(g.urgency_to) AS urgency_to,
                        bit_or(1 << array_position(enum_range(NULL::exception_state), g.state) - 1) AS states,
                        bit_or(1 << array_position(enum_range(NULL::severity), g.severity) - 1) AS severities,
                        bit_or(1 << array_position(enum_range(NULL::exception_kind), g.kind) - 1) AS kinds
                   FROM (SELECT m.brand_id, m.state, m.severity, m.kind, count(*) AS n, min(m.id) AS id_from, max(m.id) AS id_to,
                                min(m.k_urgency) AS urgency_from, max(m.k_urgency) AS urgency_to
                           FROM made m GROUP BY 1, 2, 3, 4) g
                  GROUP BY GROUPING SETS ((), (g.brand_id))) x;
    ELSE
        PERFORM hint_tell(-1, n, items);
    END IF;
    IF octet_length(items) <= 7800 AND EXISTS (SELECT FROM hint_channel WHERE brand_id >= 0) THEN
$new$);

-- Those of a brand it no longer is hear of it, too.
SELECT patch_function('exception_changed()'::regprocedure,
$old$    PERFORM hint_tell(-1, n, items);
    IF EXISTS (SELECT FROM hint_channel WHERE brand_id >= 0) THEN
$old$, $new$    IF coalesce(octet_length(items), 7801) > 7800 THEN
        PERFORM hint_tell(coalesce(x.brand_id, -1), x.n, concat_ws(':', 'm ' || x.n, 0, x.id_from, x.id_to, x.states, x.severities, x.kinds, x.urgency_from, x.urgency_to))
           FROM (SELECT g.brand_id, sum(g.n)::bigint AS n, min(g.id_from) AS id_from, max(g.id_to) AS id_to, min(g.urgency_from) AS urgency_from, max(g.urgency_to) AS urgency_to,
                        bit_or(1 << array_position(enum_range(NULL::exception_state), g.state) - 1) AS states,
                        bit_or(1 << array_position(enum_range(NULL::severity), g.severity) - 1) AS severities,
                        bit_or(1 << array_position(enum_range(NULL::exception_kind), g.kind) - 1) AS kinds
                   FROM (SELECT y.brand_id, y.state, y.severity, y.kind, count(*) AS n, min(y.id) AS id_from, max(y.id) AS id_to,
                                min(y.k_urgency) AS urgency_from, max(y.k_urgency) AS urgency_to
                           FROM (SELECT w.brand_id, w.state, w.severity, w.kind, w.id, w.k_urgency
                                   FROM now_rows w JOIN was_rows o USING (id) WHERE w.rev <> o.rev
                                 UNION ALL
                                 SELECT o.brand_id, o.state, o.severity, o.kind, o.id, o.k_urgency
                                   FROM now_rows w JOIN was_rows o USING (id) WHERE w.rev <> o.rev AND w.brand_id <> o.brand_id) y
                          GROUP BY 1, 2, 3, 4) g
                  GROUP BY GROUPING SETS ((), (g.brand_id))) x;
    ELSE
        PERFORM hint_tell(-1, n, items);
    END IF;
    IF octet_length(items) <= 7800 AND EXISTS (SELECT FROM hint_channel WHERE brand_id >= 0) THEN
$new$);

RESET search_path;
RESET ROLE;
