-- The words of the trade as types, in the order of include/core/kind.h, and the immutable
-- helpers that generated columns are made of. Their bodies are single immutable
-- expressions, so that PostgreSQL puts them in place of the call.

SET ROLE doorstep_owner;
SET search_path = doorstep, pg_temp;

CREATE TYPE exception_kind AS ENUM (
    'late_promise', 'not_shipped', 'stalled', 'delay_carrier', 'delay_weather', 'address_issue',
    'failed_attempt', 'access_problem', 'refused', 'held', 'customs_hold', 'payment_due',
    'awaiting_pickup', 'damaged', 'lost', 'undeliverable', 'returning', 'cancelled',
    'delivery_disputed', 'tracking_error', 'other');
CREATE TYPE severity AS ENUM ('low', 'medium', 'high', 'critical');
CREATE TYPE exception_state AS ENUM ('new', 'working', 'waiting', 'snoozed', 'resolved');
CREATE TYPE fault AS ENUM ('carrier', 'retailer', 'consignee', 'customs');
CREATE TYPE shipment_status AS ENUM (
    'unknown', 'pre_transit', 'in_transit', 'delayed', 'held', 'out_for_delivery', 'attempted',
    'available_for_pickup', 'delivered', 'returning', 'returned', 'damaged', 'lost', 'undeliverable',
    'cancelled', 'error');

-- extract(epoch from timestamptz) is not immutable, the same of a difference is.
CREATE FUNCTION epoch_s(t timestamptz) RETURNS bigint LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN floor(date_part('epoch', t - timestamptz '1970-01-01 00:00:00+00'))::bigint;
CREATE FUNCTION epoch_ms(t timestamptz) RETURNS bigint LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN floor(date_part('epoch', t - timestamptz '1970-01-01 00:00:00+00') * 1000)::bigint;

-- 0 for the worst: lists put it first.
CREATE FUNCTION severity_order(s severity) RETURNS bigint LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CASE s WHEN 'critical' THEN 0 WHEN 'high' THEN 1 WHEN 'medium' THEN 2 ELSE 3 END;

-- What KINDS in core/kind.h says of a kind.
CREATE FUNCTION kind_severity(k exception_kind) RETURNS severity LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CASE
        WHEN k = 'lost' THEN 'critical'::severity
        WHEN k IN ('address_issue', 'failed_attempt', 'access_problem', 'refused', 'customs_hold', 'payment_due',
                   'damaged', 'undeliverable', 'returning', 'delivery_disputed') THEN 'high'
        WHEN k IN ('delay_carrier', 'delay_weather', 'awaiting_pickup', 'cancelled', 'tracking_error') THEN 'low'
        ELSE 'medium' END;
CREATE FUNCTION kind_fault(k exception_kind) RETURNS fault LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CASE
        WHEN k IN ('not_shipped', 'cancelled', 'tracking_error') THEN 'retailer'::fault
        WHEN k IN ('address_issue', 'failed_attempt', 'access_problem', 'refused', 'payment_due', 'awaiting_pickup') THEN 'consignee'
        WHEN k = 'customs_hold' THEN 'customs'
        ELSE 'carrier' END;

-- The words of exception.search: what a person types to find a parcel, lower-cased; a phone
-- number also as its digits alone.
CREATE FUNCTION search_words(tracking_number text, order_number text, customer_name text, email text,
                             phone text, city text, reason text)
    RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN lower(coalesce(tracking_number, '') || ' ' || coalesce(order_number, '') || ' ' ||
                 coalesce(customer_name, '') || ' ' || coalesce(email, '') || ' ' || coalesce(phone, '') || ' ' ||
                 coalesce(regexp_replace(phone, '[^0-9]', '', 'g'), '') || ' ' ||
                 coalesce(city, '') || ' ' || coalesce(reason, ''));

-- An instant as JSON has it: RFC 3339, UTC, milliseconds only when there are any.
CREATE FUNCTION json_instant(t timestamptz) RETURNS text LANGUAGE sql STABLE PARALLEL SAFE
    RETURN CASE WHEN t = date_trunc('second', t)
                THEN to_char(t AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"')
                ELSE to_char(t AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') END;

GRANT EXECUTE ON FUNCTION epoch_s, epoch_ms, severity_order, kind_severity, kind_fault, search_words, json_instant
    TO doorstep_viewer, doorstep_feed, doorstep_worker;

RESET search_path;
RESET ROLE;
