-- What carriers' own answers say beside their event codes: the words for a whole shipment, and that a number is not known.

SET ROLE doorstep_owner;
SET search_path = doorstep, pg_temp;

CREATE TEMP TABLE seed (
    ord int GENERATED ALWAYS AS IDENTITY, provider text, code text, detail text, pattern text, priority smallint NOT NULL DEFAULT 0,
    status shipment_status, role map_role, kind exception_kind, clears exception_kind[] NOT NULL DEFAULT '{}', wording text, label text);

-- A number the carrier has nothing on: a matter of the data, and never told to a customer.
INSERT INTO seed (provider, code, status, role, kind, label) VALUES
    ('fedex', 'TRACKING.TRACKINGNUMBER.NOTFOUND', 'error', 'open', 'tracking_error', 'FedEx has no tracking for this number'),
    ('fedex', 'TRACKING.TRACKINGNUMBER.INVALID',  'error', 'open', 'tracking_error', 'FedEx rejected the tracking number'),
    ('fedex', 'TRACKING.TRACKINGNUMBER.EMPTY',    'error', 'open', 'tracking_error', 'FedEx was given no tracking number'),
    ('fedex', 'TRACKING.DATA.NOTFOUND',           'error', 'open', 'tracking_error', 'FedEx has no data for this number'),
    ('ups',   'TW0001',                           'error', 'open', 'tracking_error', 'UPS has no tracking for this number');

-- USPS v3: the category, where an answer has no events.
INSERT INTO seed (provider, code, status, role, kind, label) VALUES
    ('usps', 'Pre-Shipment',         'pre_transit',          'watch',  'not_shipped',     'Label created'),
    ('usps', 'Accepted',             'in_transit',           'normal', NULL,              'Accepted'),
    ('usps', 'In Transit',           'in_transit',           'normal', NULL,              'In transit'),
    ('usps', 'In-Transit',           'in_transit',           'normal', NULL,              'In transit'),
    ('usps', 'Out for Delivery',     'out_for_delivery',     'normal', NULL,              'Out for delivery'),
    ('usps', 'Available for Pickup', 'available_for_pickup', 'watch',  'awaiting_pickup', 'Ready for pickup'),
    ('usps', 'Delivery Attempt',     'attempted',            'open',   'failed_attempt',  'Attempted, not handed over'),
    ('usps', 'Alert',                'delayed',              'open',   'other',           'USPS alert, no finer reason');
INSERT INTO seed (provider, code, status, role, clears, label)
SELECT 'usps', c, 'delivered', 'clear', (SELECT clears FROM status_map WHERE provider = 'usps' AND code = norm_code('01') AND ended_in IS NULL), 'Delivered'
  FROM unnest(ARRAY['Delivered', 'Delivered to Agent']) c;

-- DHL unified: five codes for all of DHL's companies. What a failure is its words say, as with UPS's plain exception …
INSERT INTO seed (provider, code, status, role, kind, label) VALUES
    ('dhl', 'pre-transit', 'pre_transit', 'watch',  'not_shipped', 'Shipment information received'),
    ('dhl', 'transit',     'in_transit',  'normal', NULL,          'In transit'),
    ('dhl', 'failure',     'delayed',     'open',   'other',       'DHL exception, no finer reason');
INSERT INTO seed (provider, code, status, role, kind, wording, label) VALUES ('dhl', 'unknown', NULL, 'watch', 'not_shipped', '-', 'DHL has no status yet');
INSERT INTO seed (provider, code, status, role, clears, label)
SELECT 'dhl', 'delivered', status, role, clears, 'Delivered' FROM status_map WHERE provider = 'dhl' AND code = 'OK' AND ended_in IS NULL;
INSERT INTO seed (provider, code, pattern, priority, status, role, kind, clears, wording, label)
SELECT 'dhl', 'failure', pattern, priority, status, role, kind, clears, wording, label
  FROM status_map WHERE provider = 'ups' AND code = 'X' AND detail IS NULL AND pattern IS NOT NULL AND ended_in IS NULL ORDER BY id;
-- … and where DHL Express gives its event code as well, that speaks.
INSERT INTO seed (provider, detail, priority, status, role, kind, clears, wording, label)
SELECT 'dhl', code, priority, status, role, kind, clears, wording, label
  FROM status_map WHERE provider = 'dhl' AND length(code) = 2 AND detail IS NULL AND pattern IS NULL AND ended_in IS NULL ORDER BY id;

INSERT INTO dictionary_version (version, note) SELECT max(version) + 1, 'Carriers'' own answers' FROM dictionary_version;
INSERT INTO status_map (version, provider, code, detail, pattern, priority, status, role, kind, clears, wording, label)
SELECT (SELECT max(version) FROM dictionary_version), s.provider, norm_code(s.code), norm_code(s.detail), s.pattern, s.priority, s.status, s.role, s.kind,
       s.clears, CASE WHEN s.kind = 'tracking_error' OR s.wording = '-' THEN NULL ELSE coalesce(s.wording, s.kind::text, s.status::text) END, s.label
  FROM seed s
 WHERE NOT EXISTS (SELECT FROM status_map m WHERE m.ended_in IS NULL AND m.provider = s.provider AND m.code IS NOT DISTINCT FROM norm_code(s.code)
                      AND m.detail IS NOT DISTINCT FROM norm_code(s.detail) AND m.pattern IS NOT DISTINCT FROM s.pattern)
 ORDER BY s.ord;
DROP TABLE seed;

RESET search_path;
RESET ROLE;
